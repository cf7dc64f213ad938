import { type Timestamp, timestampNow } from '@bufbuild/protobuf/wkt'
import { messageOf } from '../errors.ts'
import type { BuildStatus } from './build-status.ts'
import { VertexRun } from './vertex-outputs.ts'

/** Something that comes from the client, and how much of it has come. */
export class Transfer {
  readonly #status: BuildStatus
  readonly #what: string
  readonly #vertex: VertexRun
  readonly #started: Timestamp = timestampNow()
  #total = 0
  #toldAt = 0

  constructor(status: BuildStatus, name: string, what: string) {
    this.#status = status
    this.#what = what
    this.#vertex = new VertexRun(status, name)
  }

  get vertex(): VertexRun {
    return this.#vertex
  }

  /** Told ten times a second at most. */
  bytes(total: number): void {
    this.#total = total
    if (Date.now() - this.#toldAt < 100) return
    this.#toldAt = Date.now()
    this.#tell({})
  }

  end(): void {
    this.#tell({ completed: timestampNow() })
    this.#vertex.end()
  }

  /** Nothing when it had ended before. */
  fail(error: unknown): void {
    if (this.#vertex.isOpen) this.#vertex.end(messageOf(error))
  }

  #tell(end: { completed?: Timestamp }): void {
    const current = BigInt(this.#total)
    this.#status.tell({ statuses: [{ id: this.#what, vertex: this.#vertex.digest, current, started: this.#started, timestamp: timestampNow(), ...end }] })
  }
}
