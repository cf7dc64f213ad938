import type { StdStream } from '../../linux/attach-socket.ts'
import { dockerTime, type LogRecord, newlines, parseRecord, timeNano } from './log-record.ts'
import type { LogOptions } from './logs.ts'

/** A piece of output for the client: whole lines, or parts of long ones. */
export interface LogChunk {
  readonly stream: StdStream
  readonly text: Buffer
}

/**
 * Makes of the records of a log what a client asked to see. A client that reads all at once gets as many lines of a stream
 * in one piece as follow each other: the docker CLI writes each piece by itself, and spends most of its time on that. One
 * that follows gets each line by itself, as dockerd sends them, since some count on it.
 */
export class LogText {
  readonly #options: LogOptions
  readonly #details: string
  readonly #isInsideLine = { stdout: false, stderr: false }
  #isPast = false

  /** @param details what stands before each line, after its time */
  constructor(options: LogOptions, details: string) {
    this.#options = options
    this.#details = details
  }

  /** Whether a record was later than the client wants: nothing comes after it. */
  get isPast(): boolean {
    return this.#isPast
  }

  /** @param lines whole ones, in the order of the log */
  render(lines: Buffer): LogChunk[] {
    const { follow } = this.#options
    const pieces = new Pieces(lines.length)
    let start = 0
    for (const end of newlines(lines)) {
      const record = parseRecord(lines, start, end)
      if (record && this.#fits(record, lines, start)) {
        const head = this.#head(record, lines, start)
        if (head !== '') pieces.addText(record.stream, head)
        pieces.add(record.stream, lines, record.textStart, record.isComplete ? end + 1 : end)
        if (follow) pieces.cut()
      }
      if (this.#isPast) break
      start = end + 1
    }
    return pieces.take()
  }

  #fits({ stream, timeEnd }: LogRecord, lines: Buffer, start: number): boolean {
    const { since, until } = this.#options
    if (since !== undefined || until !== undefined) {
      const time = timeNano(lines.toString('latin1', start, timeEnd))
      this.#isPast = until !== undefined && time > until
      if (this.#isPast || (since !== undefined && time < since)) return false
    }
    return this.#options[stream]
  }

  /** Time and details stand once before a line that comes in parts. */
  #head({ stream, isComplete, timeEnd }: LogRecord, lines: Buffer, start: number): string {
    const isContinuation = this.#isInsideLine[stream]
    this.#isInsideLine[stream] = !isComplete
    if (isContinuation) return ''
    return this.#options.timestamps ? `${dockerTime(lines.toString('latin1', start, timeEnd))} ${this.#details}` : this.#details
  }
}

/** Puts bytes of one stream after another into one piece, and begins the next one when the stream changes. */
class Pieces {
  readonly #done: LogChunk[] = []
  #bytes: Buffer
  #start = 0
  #end = 0
  #stream: StdStream = 'stdout'

  /** @param length about how much will be added */
  constructor(length: number) {
    this.#bytes = Buffer.allocUnsafe(length)
  }

  add(stream: StdStream, source: Buffer, start: number, end: number): void {
    this.#prepare(stream, end - start)
    this.#end += source.copy(this.#bytes, this.#end, start, end)
  }

  addText(stream: StdStream, text: string): void {
    this.#prepare(stream, Buffer.byteLength(text))
    this.#end += this.#bytes.write(text, this.#end)
  }

  cut(): void {
    if (this.#end > this.#start) this.#done.push({ stream: this.#stream, text: this.#bytes.subarray(this.#start, this.#end) })
    this.#start = this.#end
  }

  take(): LogChunk[] {
    this.cut()
    return this.#done
  }

  #prepare(stream: StdStream, length: number): void {
    if (stream !== this.#stream) this.cut()
    this.#stream = stream
    if (this.#end + length <= this.#bytes.length) return
    const begun = this.#bytes.subarray(this.#start, this.#end)
    this.#bytes = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, begun.length + length))
    this.#end = begun.copy(this.#bytes)
    this.#start = 0
  }
}
