import type { LogPiece, LogSource } from '../api/log-frames.ts'
import { parseAnsi, type Segment } from './ansi.ts'

export interface LogLine {
  /** RFC 3339 with nanoseconds, as the engine wrote it; empty when the line has none. */
  readonly time: string
  readonly source: LogSource
  readonly segments: readonly Segment[]
  /** Whose it is, among those of several; undefined where there is one. */
  readonly origin?: string
}

/** Lines that are drawn together; a block that is full never changes again, so that the window need not look at it. */
export interface LogBlock {
  readonly key: number
  readonly lines: readonly LogLine[]
}

export const BLOCK_LINES = 100
export const MAX_LINES = 10_000

/** A single line longer than this is cut: a program may write megabytes without an end of line. */
const MAX_LINE_LENGTH = 20_000

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?/

/** The last lines of a log, from pieces that end anywhere. */
export class LogBuffer {
  #blocks: LogBlock[] = []
  #nextKey = 0
  #lastTime = ''
  readonly #open = { stdout: '', stderr: '' }
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() }

  append({ source, bytes }: LogPiece): void {
    const lines = (this.#open[source] + this.#decoders[source].decode(bytes, { stream: true })).split('\n')
    this.#open[source] = (lines.pop() ?? '').slice(0, MAX_LINE_LENGTH)
    const parsed = lines.map((line) => this.#parse(source, line))
    for (let at = 0; at < parsed.length; ) at += this.#add(parsed.slice(at, at + BLOCK_LINES))
  }

  /** The blocks as they are now, unfinished lines last; the array is new, full blocks are the same objects as before. */
  snapshot(): readonly LogBlock[] {
    const unfinished = (['stdout', 'stderr'] as const).filter((source) => this.#open[source] !== '')
    const lines = unfinished.map((source) => parseLine(source, this.#open[source]))
    return lines.length === 0 ? [...this.#blocks] : [...this.#blocks, { key: this.#nextKey, lines }]
  }

  get isEmpty(): boolean {
    return this.#blocks.length === 0 && this.#open.stdout === '' && this.#open.stderr === ''
  }

  /** The time of the last whole line: where a new stream takes up the thread. */
  get lastTime(): string {
    return this.#lastTime
  }

  /** The stream broke off: the rest of an unfinished line comes again with the next. */
  dropUnfinished(): void {
    this.#open.stdout = ''
    this.#open.stderr = ''
  }

  #parse(source: LogSource, text: string): LogLine {
    const line = parseLine(source, text)
    if (line.time !== '') this.#lastTime = line.time
    return line
  }

  /** Adds up to a block's worth of lines; returns how many it took. */
  #add(lines: readonly LogLine[]): number {
    const last = this.#blocks.at(-1)
    const room = last ? BLOCK_LINES - last.lines.length : 0
    if (last && room > 0) {
      const taken = lines.slice(0, room)
      this.#blocks[this.#blocks.length - 1] = { key: last.key, lines: [...last.lines, ...taken] }
      return taken.length
    }
    this.#blocks.push({ key: this.#nextKey, lines })
    this.#nextKey += 1
    if (this.#blocks.length > MAX_LINES / BLOCK_LINES) this.#blocks = this.#blocks.slice(1)
    return lines.length
  }
}

export function parseLine(source: LogSource, whole: string): LogLine {
  const text = whole.slice(0, MAX_LINE_LENGTH)
  const time = TIME.exec(text)
  return { time: time?.[1] ?? '', source, segments: parseAnsi(time ? text.slice(time[0].length) : text) }
}

/** `2026-08-01T10:31:02.114203511Z` → the clock of this machine with milliseconds, `12:31:02.114`. */
export function clockTime(time: string): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return ''
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`
}
