import { messageOf } from '../../errors.ts'
import type { ApiCall } from '../call.ts'

interface ProgressDetail {
  readonly current: number
  readonly total: number
}

/**
 * Docker's progress stream: one JSON object per line, each ending in `\r\n`. The head goes out with the first line, so
 * that a failure before it is an ordinary error.
 * @see engine-api notes 3.6
 */
export class ProgressStream {
  readonly #call: ApiCall
  #isOpen = false
  #isCommitted = false
  readonly #lastUpdate = new Map<string, number>()

  constructor(call: ApiCall) {
    this.#call = call
  }

  /** Sends the head, for good: from here on failures are lines. */
  open(): void {
    if (!this.#isOpen) this.#call.stream('application/json')
    this.#isOpen = true
  }

  /** Failures are lines from here on, though the head goes out with the first line as ever. */
  commit(): void {
    this.#isCommitted = true
  }

  /** A line as it is. */
  send(line: Readonly<Record<string, unknown>>): void {
    this.open()
    this.#call.response.write(`${JSON.stringify(line).replace(/[<>&]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`)}\r\n`)
  }

  /** A step of a layer; with numbers at most ten times a second. */
  step(id: string, status: string, detail?: ProgressDetail): void {
    if (!detail) {
      this.#lastUpdate.delete(id)
      this.send({ status, progressDetail: {}, id })
      return
    }
    const now = Date.now()
    if (detail.current < detail.total && now - (this.#lastUpdate.get(id) ?? 0) < 100) return
    this.#lastUpdate.set(id, now)
    this.send({ status, progressDetail: detail, progress: bar(detail), id })
  }

  /** Runs `work`; what it throws becomes a status if nothing was sent yet, the stream's last line otherwise. */
  async run(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      this.open()
    } catch (error) {
      if (!this.#isOpen && !this.#isCommitted) throw error
      this.send({ errorDetail: { message: messageOf(error) }, error: messageOf(error) })
    }
    this.#call.response.end()
  }
}

const BAR_WIDTH = 50

/** `[=====>      ]  1.2MB/5.4MB` */
function bar({ current, total }: ProgressDetail): string {
  if (total <= 0) return size(current)
  const filled = Math.min(BAR_WIDTH, Math.floor((current / total) * BAR_WIDTH))
  const arrow = filled < BAR_WIDTH ? `${'='.repeat(Math.max(0, filled - 1))}>`.padEnd(BAR_WIDTH) : `${'='.repeat(BAR_WIDTH - 1)}>`
  return `[${arrow}]  ${size(current)}/${size(total)}`
}

/** Decimal units with four digits, as docker prints them. */
function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${Number(value.toPrecision(4))}${units[unit]}`
}
