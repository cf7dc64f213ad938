import type { Header } from './event.ts'

/** How the body of a message ends. @see RFC 9112, section 6 */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  /** With the connection: everything that comes belongs to it. */
  | { readonly kind: 'stream' }

/** The first line and the headers of a message. */
export interface Head {
  readonly startLine: string
  readonly headers: readonly Header[]
}

export interface MessageListener {
  /** Answers how the body goes on. */
  head(head: Head): Framing
  data(data: Buffer): void
  /** The message is complete. What follows is kept until {@link MessageReader.next} or {@link MessageReader.stream}. */
  end(): void
  /** This is no HTTP, so nothing more can be told. */
  garbled(): void
}

/** What no head of a message is longer than. */
const MAX_HEAD_BYTES = 1024 * 1024

/**
 * Reads the HTTP messages of one side of a connection as they pass, without holding them up: it is given copies of what
 * goes by, and says what it understands.
 * @see RFC 9112
 */
export class MessageReader {
  readonly #listener: MessageListener
  #state: 'head' | 'length' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'stream' | 'waiting' | 'done' = 'head'
  #pending: Buffer = Buffer.alloc(0)
  /** Bytes that are left of the body or of the chunk. */
  #left = 0
  #hasEnded = false

  constructor(listener: MessageListener) {
    this.#listener = listener
  }

  push(chunk: Buffer): void {
    if (this.#state === 'done') return
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    this.#read()
  }

  /** The next message may come. */
  next(): void {
    if (this.#state !== 'waiting') return
    this.#state = 'head'
    this.#read()
  }

  /** The connection was taken over: all that comes is one stream, which ends with this side of the connection. */
  stream(): void {
    if (this.#state !== 'waiting') return
    this.#state = 'stream'
    this.#read()
    if (this.#hasEnded) this.finish()
  }

  /** This side of the connection has ended. */
  finish(): void {
    this.#hasEnded = true
    if (this.#state !== 'stream') return
    this.#state = 'done'
    this.#listener.end()
  }

  #read(): void {
    while (this.#step());
  }

  /** @returns whether there may be more to do */
  #step(): boolean {
    switch (this.#state) {
      case 'head':
        return this.#readHead()
      case 'length':
        return this.#readCounted(() => this.#complete())
      case 'chunk':
        return this.#readCounted(() => (this.#state = 'chunk-end'))
      case 'chunk-end':
        return this.#readLine(() => (this.#state = 'chunk-size'))
      case 'chunk-size':
        return this.#readLine((line) => this.#beginChunk(line))
      case 'trailer':
        return this.#readLine((line) => line === '' && this.#complete())
      case 'stream':
        if (this.#pending.length > 0) this.#listener.data(this.#take(this.#pending.length))
        return false
      default:
        return false
    }
  }

  #readHead(): boolean {
    // RFC 9112, section 2.2: empty lines before a message are to be passed over.
    while (this.#pending.subarray(0, 2).toString('latin1') === '\r\n') this.#take(2)
    const end = this.#pending.indexOf('\r\n\r\n')
    if (end < 0) {
      if (this.#pending.length > MAX_HEAD_BYTES) this.#giveUp()
      return false
    }
    const [startLine = '', ...lines] = this.#take(end + 4)
      .toString('latin1', 0, end)
      .split('\r\n')
    if (!/^(HTTP\/1\.\d \d{3}|[A-Z]+ \S+ HTTP\/1\.\d$)/.test(startLine)) {
      this.#giveUp()
      return false
    }
    const headers = lines.map((line): Header => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])
    this.#begin(this.#listener.head({ startLine, headers }))
    return true
  }

  #begin(framing: Framing): void {
    if (framing.kind === 'none' || (framing.kind === 'length' && framing.bytes === 0)) this.#complete()
    else if (framing.kind === 'chunked') this.#state = 'chunk-size'
    else if (framing.kind === 'stream') this.#state = 'stream'
    else {
      this.#left = framing.bytes
      this.#state = 'length'
    }
  }

  #beginChunk(line: string): void {
    this.#left = Number.parseInt(line, 16)
    if (Number.isNaN(this.#left)) this.#giveUp()
    else this.#state = this.#left === 0 ? 'trailer' : 'chunk'
  }

  #readCounted(done: () => void): boolean {
    if (this.#pending.length === 0) return false
    const data = this.#take(Math.min(this.#left, this.#pending.length))
    this.#left -= data.length
    this.#listener.data(data)
    if (this.#left === 0) done()
    return true
  }

  #readLine(done: (line: string) => void): boolean {
    const end = this.#pending.indexOf('\r\n')
    if (end < 0) return false
    done(this.#take(end + 2).toString('latin1', 0, end))
    return true
  }

  #complete(): void {
    this.#state = 'waiting'
    this.#listener.end()
  }

  #giveUp(): void {
    this.#state = 'done'
    this.#listener.garbled()
  }

  #take(bytes: number): Buffer {
    const taken = this.#pending.subarray(0, bytes)
    this.#pending = this.#pending.subarray(bytes)
    return taken
  }
}
