import { createHash } from 'node:crypto'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { create } from '@bufbuild/protobuf'
import { timestampNow } from '@bufbuild/protobuf/wkt'
import { type StatusResponse, StatusResponseSchema, type VertexSchema } from './protocol/control_pb.ts'

export type StatusInit = MessageInitShape<typeof StatusResponseSchema>
export type VertexInit = MessageInitShape<typeof VertexSchema>

/** So much of what a step prints is kept and shown, as BuildKit does it. */
const MOST_LOG_BYTES = 2 * 1024 * 1024

/** What a build says of itself, from its beginning on: whoever comes later hears it all the same. */
export class BuildStatus {
  readonly #told: StatusResponse[] = []
  readonly #waiting = new Set<() => void>()
  readonly #logged = new Map<string, number>()
  readonly #ref: string
  #steps = 0
  #hasEnded = false

  /** @param ref of the build */
  constructor(ref: string) {
    this.#ref = ref
  }

  /** What a step is known by, which it alone has: clients show several builds in one, and would take two of a name for the same. */
  digest(name: string): string {
    return `sha256:${createHash('sha256')
      .update(`${this.#ref} ${this.#steps++} ${name}`)
      .digest('hex')}`
  }

  tell(what: StatusInit): void {
    this.#told.push(create(StatusResponseSchema, what))
    this.#wake()
  }

  vertex(vertex: VertexInit): void {
    this.tell({ vertexes: [vertex] })
  }

  /** @param stream 1 or 2 */
  log(vertex: string, stream: number, text: string): void {
    const before = this.#logged.get(vertex) ?? 0
    if (before > MOST_LOG_BYTES) return
    const after = before + text.length
    this.#logged.set(vertex, after)
    const shown = after > MOST_LOG_BYTES ? `${text.slice(0, MOST_LOG_BYTES - before)}\n[output clipped, log limit 2MiB reached]\n` : text
    this.tell({ logs: [{ vertex, stream: BigInt(stream), msg: Buffer.from(shown), timestamp: timestampNow() }] })
  }

  /** All that was said so far. */
  get told(): readonly StatusResponse[] {
    return this.#told
  }

  /** How many steps there are so far. */
  counts(): { numTotalSteps: number; numCachedSteps: number; numCompletedSteps: number } {
    const steps = [...new Map(this.#told.flatMap(({ vertexes }) => vertexes.map((vertex) => [vertex.digest, vertex] as const))).values()]
    return {
      numTotalSteps: steps.length,
      numCachedSteps: steps.filter(({ cached }) => cached).length,
      numCompletedSteps: steps.filter(({ completed }) => completed).length,
    }
  }

  end(): void {
    this.#hasEnded = true
    this.#wake()
  }

  /** Everything, until the build has ended or the listener goes. */
  async *listen(signal: AbortSignal): AsyncGenerator<StatusResponse, void> {
    for (let next = 0; ; ) {
      while (next < this.#told.length) {
        const one = this.#told[next++]
        if (one) yield one
      }
      if (this.#hasEnded || signal.aborted) return
      await this.#change(signal)
    }
  }

  async #change(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.add(resolve)
    const stop = () => resolve()
    signal.addEventListener('abort', stop)
    await promise
    signal.removeEventListener('abort', stop)
    this.#waiting.delete(resolve)
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
  }
}
