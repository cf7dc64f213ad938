import { type Timestamp, timestampNow } from '@bufbuild/protobuf/wkt'
import type { BuildStatus } from './build-status.ts'

/** What a pull says, line by line, as things that go on within a step. */
export class PullProgress {
  readonly #status: BuildStatus
  readonly #vertex: string
  readonly #open = new Map<string, { started: Timestamp; current: bigint; total: bigint }>()

  constructor(status: BuildStatus, vertex: string) {
    this.#status = status
    this.#vertex = vertex
  }

  /** @param line as the Engine API has it: `{ id, status, progressDetail }` */
  line({ id, status, progressDetail }: Readonly<Record<string, unknown>>): void {
    if (typeof id !== 'string' || typeof status !== 'string') return
    if (status === 'Downloading' || status === 'Extracting') this.#goesOn(status === 'Extracting' ? `extracting ${id}` : id, detailOf(progressDetail))
    else if (/complete$|^Already exists$/i.test(status)) this.#isDone(status === 'Pull complete' ? `extracting ${id}` : id)
  }

  end(): void {
    for (const id of [...this.#open.keys()]) this.#isDone(id)
  }

  #goesOn(id: string, { current, total }: { current: bigint; total: bigint }): void {
    const started = this.#open.get(id)?.started ?? timestampNow()
    this.#open.set(id, { started, current, total })
    this.#status.tell({ statuses: [{ id, vertex: this.#vertex, current, total, started, timestamp: timestampNow() }] })
  }

  #isDone(id: string): void {
    const open = this.#open.get(id)
    if (!open) return
    this.#open.delete(id)
    const { started, total } = open
    this.#status.tell({ statuses: [{ id, vertex: this.#vertex, current: total, total, started, timestamp: timestampNow(), completed: timestampNow() }] })
  }
}

function detailOf(detail: unknown): { current: bigint; total: bigint } {
  const number = (key: string) => {
    const value: unknown = typeof detail === 'object' && detail !== null && key in detail ? Reflect.get(detail, key) : 0
    return typeof value === 'number' ? BigInt(Math.round(value)) : 0n
  }
  return { current: number('current'), total: number('total') }
}
