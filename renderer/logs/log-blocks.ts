import { type LogLine, parseLine, type RawLine } from './log-line.ts'

/** Lines that are drawn together; a block that is full never changes again, so that the window need not look at it. */
export interface LogBlock {
  readonly key: number
  readonly count: number
  readonly lines: readonly LogLine[]
}

export const BLOCK_LINES = 100

/** Lines of which only those that are drawn are parsed. */
class RawBlock implements LogBlock {
  readonly key: number
  readonly raw: readonly RawLine[]

  constructor(key: number, raw: readonly RawLine[]) {
    this.key = key
    this.raw = raw
  }

  get count(): number {
    return this.raw.length
  }

  get lines(): readonly LogLine[] {
    return this.raw.map(parseLine)
  }
}

/** The last lines of something that grows, in blocks. */
export class LogBlocks {
  #blocks: RawBlock[] = []
  #nextKey = 0
  readonly #mostBlocks: number

  constructor(mostLines: number) {
    this.#mostBlocks = mostLines / BLOCK_LINES
  }

  get lineCount(): number {
    const last = this.#blocks.at(-1)
    return last ? (this.#blocks.length - 1) * BLOCK_LINES + last.count : 0
  }

  add(lines: readonly RawLine[]): void {
    for (let at = 0; at < lines.length; ) at += this.#addBlock(lines, at)
    if (this.#blocks.length > this.#mostBlocks) this.#blocks = this.#blocks.slice(-this.#mostBlocks)
  }

  /** Every line that is kept, oldest first. */
  *lines(): Generator<RawLine> {
    for (const { raw } of this.#blocks) yield* raw
  }

  /** A block of lines that are not kept, behind those that are. */
  with(unfinished: readonly RawLine[]): readonly LogBlock[] {
    return unfinished.length === 0 ? [...this.#blocks] : [...this.#blocks, new RawBlock(this.#nextKey, unfinished)]
  }

  /** @returns how many it took of those from `at` on */
  #addBlock(lines: readonly RawLine[], at: number): number {
    const last = this.#blocks.at(-1)
    const room = last ? BLOCK_LINES - last.count : 0
    if (last && room > 0) {
      const taken = lines.slice(at, at + room)
      this.#blocks[this.#blocks.length - 1] = new RawBlock(last.key, [...last.raw, ...taken])
      return taken.length
    }
    const taken = lines.slice(at, at + BLOCK_LINES)
    this.#blocks.push(new RawBlock(this.#nextKey, taken))
    this.#nextKey += 1
    return taken.length
  }
}
