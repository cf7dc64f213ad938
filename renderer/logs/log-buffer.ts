import type { LogPiece } from '../api/log-frames.ts'
import { type LogBlock, LogBlocks } from './log-blocks.ts'
import { MAX_LINE_LENGTH, plainText, type RawLine, timeOf } from './log-line.ts'

/** Some 150 MB at most, of lines as programs write them. */
export const MAX_LINES = 1_000_000

/** The last lines of a log, from pieces that end anywhere; all of them, or those in which a pattern is found. */
export class LogBuffer {
  readonly #all = new LogBlocks(MAX_LINES)
  #fitting: LogBlocks | undefined
  #pattern: RegExp | undefined
  #lastTime = ''
  readonly #open = { stdout: '', stderr: '' }
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() }

  append({ source, bytes }: LogPiece): void {
    const parts = (this.#open[source] + this.#decoders[source].decode(bytes, { stream: true })).split('\n')
    this.#open[source] = (parts.pop() ?? '').slice(0, MAX_LINE_LENGTH)
    const lines = parts.map((text) => ({ source, text }))
    const dated = lines.findLast((line) => timeOf(line) !== '')
    if (dated) this.#lastTime = timeOf(dated)
    this.#all.add(lines)
    this.#fitting?.add(lines.filter((line) => this.#fits(line)))
  }

  /** Shows only lines in which it is found; all of them without one. */
  filter(pattern: RegExp | undefined): void {
    this.#pattern = pattern
    this.#fitting = pattern && new LogBlocks(MAX_LINES)
    this.#fitting?.add([...this.#all.lines().filter((line) => this.#fits(line))])
  }

  /** The blocks as they are now, unfinished lines last; the array is new, full blocks are the same objects as before. */
  snapshot(): readonly LogBlock[] {
    const unfinished = (['stdout', 'stderr'] as const)
      .map((source) => ({ source, text: this.#open[source] }))
      .filter((line) => line.text !== '' && this.#fits(line))
    return (this.#fitting ?? this.#all).with(unfinished)
  }

  /** Of whole lines, whether they are shown or not. */
  get lineCount(): number {
    return this.#all.lineCount
  }

  get isEmpty(): boolean {
    return this.lineCount === 0 && this.#open.stdout === '' && this.#open.stderr === ''
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

  #fits(line: RawLine): boolean {
    return this.#pattern === undefined || this.#pattern.test(plainText(line))
  }
}
