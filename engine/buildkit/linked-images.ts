import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { EngineError } from '../errors.ts'
import { digestOf } from '../images/digest.ts'
import type { Image } from '../images/image.ts'
import { type Definition, type DefinitionSchema, type Op, OpSchema } from './protocol/ops_pb.ts'
import { FRONTEND } from './solve-request.ts'

const SCHEME = 'engineroom-image:'

/**
 * What a client is given of a result, to build another target on it: a graph of steps, as clients take one apart and put it together again, in which there is
 * nothing but the image's name.
 * @see moby/buildkit, client/llb/definition.go
 */
export function linkTo(image: Image): MessageInitShape<typeof DefinitionSchema> {
  const source = toBinary(OpSchema, create(OpSchema, { source: { identifier: `${SCHEME}${image.id}` } }))
  // The last one says which step's result is meant.
  const digest = digestOf(source)
  const last = toBinary(OpSchema, create(OpSchema, { inputs: [{ digest }] }))
  // Clients take a graph for none that says nothing of its steps.
  return { def: [source, last], metadata: { [digest]: {} } }
}

/**
 * Reads what a client has handed on of other results.
 * @returns ids of images, by the client's names for them
 * @throws EngineError `not-implemented` for a graph that is another's
 */
export function linkedImages(inputs: Readonly<Record<string, Definition>>): Record<string, string> {
  return Object.fromEntries(Object.entries(inputs).map(([name, definition]) => [name, linkedImage(definition)]))
}

function linkedImage({ def }: Definition): string {
  const identifier = def.length === 2 ? operation(def[0])?.source?.identifier : undefined
  if (identifier?.startsWith(SCHEME)) return identifier.slice(SCHEME.length)
  throw graphRefusal()
}

function operation(bytes: Uint8Array = new Uint8Array()): Op | undefined {
  try {
    return fromBinary(OpSchema, bytes)
  } catch {
    return undefined // Refused like any other that is not ours.
  }
}

/** @throws EngineError `not-implemented` for a graph that a frontend of the client's has made */
export function refuseGraph(definition: Definition | undefined): void {
  if ((definition?.def.length ?? 0) > 0) throw graphRefusal()
}

function graphRefusal(): EngineError {
  return new EngineError('not-implemented', `a raw LLB definition is not implemented by this engine, which builds Dockerfiles (frontend ${FRONTEND})`)
}
