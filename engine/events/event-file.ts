import { closeSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { hasCode, messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { EngineEvent } from './bus.ts'

/** The file is made shorter beyond this; events can be as large as the labels of a container. */
const MOST_BYTES = 8 * 1024 * 1024

/**
 * Events as they happen, a line of JSON each, so that the next run of the daemon can tell of them. A kill loses none; a
 * power cut may lose the last. What no longer fits on the disk is not kept, and the engine goes on.
 */
export class EventFile implements Disposable {
  readonly #path: string
  readonly #log: Log
  readonly #limit: number
  #file: number | undefined
  /** What the file has. */
  #lines: number
  #bytes: number
  /** Of the runs before, oldest first, as they were found. */
  #earlier: readonly Buffer[]
  /** The last line has no end: the power went, or the disk was full. */
  #isCutOff: boolean
  #hasFailed = false

  /** @param limit how many events are wanted again; the file has a few times as many at most */
  constructor(path: string, limit: number, log: Log) {
    this.#path = path
    this.#limit = limit
    this.#log = log
    const text = this.#attempt(() => textOf(path)) ?? ''
    const lines = text.split('\n').filter((line) => line !== '')
    this.#isCutOff = text !== '' && !text.endsWith('\n')
    this.#lines = lines.length
    this.#bytes = Buffer.byteLength(text)
    // Copies: a part of a text keeps all of it.
    this.#earlier = lines.slice(-limit).map((line) => Buffer.from(line))
    this.#attempt(() => (this.#file = openSync(path, 'a', 0o600)))
  }

  /** Those of the runs before, oldest first, given away once. A line that was cut off by an end of all things is none. */
  takeEarlier(): EngineEvent[] {
    const lines = this.#earlier
    this.#earlier = []
    return lines.flatMap((line) => decoded(line.toString()) ?? [])
  }

  /** @param recent the newest events of all runs, this one among them, of which the file is made anew when it has become long */
  append(event: EngineEvent, recent: () => readonly EngineEvent[]): void {
    if (this.#file === undefined) return
    const file = this.#file
    const line = Buffer.from(`${this.#isCutOff ? '\n' : ''}${encoded(event)}\n`)
    this.#isCutOff = true
    this.#attempt(() => {
      const written = writeSync(file, line)
      this.#bytes += written
      this.#isCutOff = written < line.length
      this.#hasFailed = false
      this.#lines++
    })
    if (this.#lines > 4 * this.#limit || this.#bytes > MOST_BYTES) this.#shorten(recent().slice(-this.#limit))
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #shorten(recent: readonly EngineEvent[]): void {
    const lines = newestOf(recent, MOST_BYTES / 2)
    // On a full disk it is tried again after as many more.
    this.#lines = lines.length
    this.#bytes = Buffer.byteLength(lines.join(''))
    this.#attempt(() => {
      writeFileSync(`${this.#path}.new`, lines.join(''), { mode: 0o600 })
      const file = openSync(`${this.#path}.new`, 'a')
      renameSync(`${this.#path}.new`, this.#path)
      this[Symbol.dispose]()
      this.#file = file
      this.#isCutOff = false
    })
  }

  /** Said once, not for every event. */
  #attempt<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (!this.#hasFailed) this.#log.warn('events cannot be kept for the next start', { file: this.#path, error: messageOf(error) })
      this.#hasFailed = true
      return undefined
    }
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return ''
    throw error
  }
}

/** The lines of as many of the newest events as so many bytes hold, oldest first; one that alone is larger is left out. */
function newestOf(events: readonly EngineEvent[], mostBytes: number): string[] {
  const lines: string[] = []
  let left = mostBytes
  for (const event of events.toReversed()) {
    const line = `${encoded(event)}\n`
    const bytes = Buffer.byteLength(line)
    if (bytes > mostBytes) continue
    left -= bytes
    if (left < 0) break
    lines.unshift(line)
  }
  return lines
}

function encoded(event: EngineEvent): string {
  return JSON.stringify({ ...event, timeNano: String(event.timeNano) })
}

function decoded(line: string): EngineEvent | undefined {
  try {
    const event = JSON.parse(line) as Omit<EngineEvent, 'timeNano'> & { readonly timeNano: string } // Written by this class.
    return { ...event, timeNano: BigInt(event.timeNano) }
  } catch {
    return undefined // Cut off: see the class.
  }
}
