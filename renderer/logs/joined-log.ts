import type { LogSource } from '../api/log-frames.ts'
import { BLOCK_LINES, type LogBlock } from './log-blocks.ts'
import { type LogLine, MAX_LINE_LENGTH, parseLine, textOf } from './log-line.ts'

export const MOST_LINES = 10_000

interface JoinedLine extends LogLine {
  readonly origin: string
  /** As it is searched: without colours. */
  readonly text: string
}

/**
 * What several containers wrote, in the order of time. Lines of one container come in order, those of several do not: the
 * last of one and the first of another are a second apart, or a day.
 */
export class JoinedLog {
  #lines: JoinedLine[] = []
  #blocks: LogBlock[] = []
  #nextKey = 0
  #pattern: RegExp | undefined
  /** Parts of lines whose end has not come. */
  readonly #open = new Map<string, string>()
  readonly #lastTimes = new Map<string, string>()

  /** Of each container, the time of its last line: where a new stream takes up the thread. */
  lastTime(origin: string): string {
    return this.#lastTimes.get(origin) ?? ''
  }

  append(origin: string, source: LogSource, text: string): void {
    const key = `${origin} ${source}`
    const parts = ((this.#open.get(key) ?? '') + text).split('\n')
    const rest = (parts.pop() ?? '').slice(0, MAX_LINE_LENGTH)
    if (rest === '') this.#open.delete(key)
    else this.#open.set(key, rest)
    for (const part of parts) this.#add(origin, source, part)
  }

  /** The stream broke off: an unfinished line comes again with the next. */
  dropUnfinished(): void {
    this.#open.clear()
  }

  /** What does not belong to one of these is forgotten. */
  keep(origins: ReadonlySet<string>): void {
    this.#lines = this.#lines.filter(({ origin }) => origins.has(origin))
    for (const origin of this.#lastTimes.keys()) if (!origins.has(origin)) this.#lastTimes.delete(origin)
    this.#rebuild()
  }

  /** Shows only lines in which it is found; all of them without one. */
  filter(pattern: RegExp | undefined): void {
    this.#pattern = pattern
    this.#rebuild()
  }

  get lineCount(): number {
    return this.#lines.length
  }

  /** The blocks to draw; the array is new, full blocks are the same objects as before. */
  snapshot(): readonly LogBlock[] {
    return [...this.#blocks]
  }

  #add(origin: string, source: LogSource, part: string): void {
    const parsed = parseLine({ source, text: part })
    const line: JoinedLine = { ...parsed, origin, text: textOf(parsed) }
    if (line.time !== '') this.#lastTimes.set(origin, line.time)
    const last = this.#lines.at(-1)
    if (last !== undefined && line.time < last.time) {
      // Rare but at the beginning: then some hundreds of lines move.
      const at = this.#lines.findLastIndex(({ time }) => time <= line.time) + 1
      this.#lines.splice(at, 0, line)
      this.#isDisordered = true
    } else {
      this.#lines.push(line)
      if (!this.#isDisordered && this.#fits(line)) this.#show(line)
    }
    if (this.#lines.length > MOST_LINES + BLOCK_LINES) {
      this.#lines = this.#lines.slice(-MOST_LINES)
      this.#isDisordered = true
    }
  }

  #isDisordered = false

  /** Puts blocks in order, if lines came late; once for all that came together. */
  settle(): void {
    if (this.#isDisordered) this.#rebuild()
  }

  #fits(line: JoinedLine): boolean {
    return this.#pattern === undefined || this.#pattern.test(line.text)
  }

  #rebuild(): void {
    this.#isDisordered = false
    this.#blocks = []
    for (const line of this.#lines) if (this.#fits(line)) this.#show(line)
  }

  #show(line: JoinedLine): void {
    const last = this.#blocks.at(-1)
    if (last && last.lines.length < BLOCK_LINES) this.#blocks[this.#blocks.length - 1] = { key: last.key, count: last.count + 1, lines: [...last.lines, line] }
    else {
      this.#blocks.push({ key: this.#nextKey, count: 1, lines: [line] })
      this.#nextKey += 1
    }
  }
}
