import { fromBinary } from '@bufbuild/protobuf'
import { StatusResponseSchema } from '../../../engine/buildkit/protocol/control_pb.ts'
import { Told } from './client.ts'

interface Line {
  readonly id?: string
  readonly aux?: string | { readonly ID: string }
  readonly stream?: string
  readonly error?: string
}

/** What `POST /build?version=2` has answered, read as the docker client reads it. */
export interface TracedAnswer {
  readonly told: Told
  /** Of the result, as `moby.image.id` says it. */
  readonly image: string | undefined
  readonly stream: string
  readonly error: string | undefined
}

export function tracedAnswer(body: string): TracedAnswer {
  const lines = body
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
  const told = new Told()
  let image: string | undefined
  for (const { id, aux } of lines) {
    if (id === 'moby.buildkit.trace' && typeof aux === 'string') told.responses.push(fromBinary(StatusResponseSchema, Buffer.from(aux, 'base64')))
    if (id === 'moby.image.id' && typeof aux === 'object') image = aux.ID
  }
  return { told, image, stream: lines.map(({ stream = '' }) => stream).join(''), error: lines.at(-1)?.error }
}
