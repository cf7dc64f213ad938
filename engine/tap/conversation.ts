import { type Header, headerOf, mediaTypeOf, type Passing, type TapEvent } from './event.ts'
import { type Framing, type Head, MessageReader } from './message-reader.ts'

/** Bodies that are the connection itself from then on, both ways. @see Engine API 1.51 ContainerAttach */
const STREAM_TYPES = ['application/vnd.docker.raw-stream', 'application/vnd.docker.multiplexed-stream']

interface Exchange {
  readonly number: number
  readonly method: string
  isRequestDone: boolean
  isAnswerDone: boolean
  /** Known once the answer's head is there. */
  isTakenOver: boolean | undefined
}

/** Numbers the requests of all connections. */
export class Counter {
  #last = 0

  next(): number {
    this.#last += 1
    return this.#last
  }
}

/** Understands one connection from the bytes that pass, and tells its requests and answers. */
export class Conversation {
  readonly #counter: Counter
  readonly #tell: (event: TapEvent) => void
  readonly #client: MessageReader
  readonly #engine: MessageReader
  /** Requests whose answer has not begun or not ended, the oldest first. */
  readonly #open: Exchange[] = []
  /** The one whose request is being read, or was read last. */
  #current: Exchange | undefined

  constructor(counter: Counter, tell: (event: TapEvent) => void) {
    this.#counter = counter
    this.#tell = tell
    this.#client = new MessageReader({
      head: (head) => this.#requestHead(head),
      data: (data) => this.#say(this.#current, { kind: 'data', from: 'client', data }),
      end: () => this.#requestEnd(),
      garbled: () => this.lost(),
    })
    this.#engine = new MessageReader({
      head: (head) => this.#answerHead(head),
      data: (data) => this.#say(this.#open[0], { kind: 'data', from: 'engine', data }),
      end: () => this.#answerEnd(),
      garbled: () => this.lost(),
    })
  }

  fromClient(data: Buffer): void {
    this.#client.push(data)
  }

  fromEngine(data: Buffer): void {
    this.#engine.push(data)
  }

  /** The client has ended its side. */
  clientEnded(): void {
    this.#client.finish()
  }

  engineEnded(): void {
    this.#engine.finish()
  }

  /** The connection is gone; tells of requests that were not answered to the end. */
  lost(): void {
    for (const exchange of this.#open.splice(0)) this.#say(exchange, { kind: 'lost' })
  }

  #requestHead({ startLine, headers }: Head): Framing {
    const [method = '', target = ''] = startLine.split(' ')
    this.#current = { number: this.#counter.next(), method, isRequestDone: false, isAnswerDone: false, isTakenOver: undefined }
    this.#open.push(this.#current)
    this.#say(this.#current, { kind: 'request', method, target, headers })
    return framingOf(headers) ?? { kind: 'none' }
  }

  /** The end of the request's body; where the connection was taken over, later also that of the client's stream. */
  #requestEnd(): void {
    const exchange = this.#current
    if (!exchange) return
    this.#say(exchange, { kind: 'end', from: 'client' })
    exchange.isRequestDone = true
    if (exchange.isTakenOver !== undefined) this.#goOn(exchange)
    this.#settle(exchange)
  }

  #answerHead({ startLine, headers }: Head): Framing {
    const [, code = '', reason = ''] = /^\S+ (\d{3}) ?(.*)$/.exec(startLine) ?? []
    const status = Number(code)
    const exchange = this.#open[0]
    if (!exchange || (status < 200 && status !== 101)) return { kind: 'none' }
    const framing = answerFraming(exchange, status, headers)
    exchange.isTakenOver = status === 101 || (framing.kind === 'stream' && STREAM_TYPES.includes(mediaTypeOf(headers)))
    this.#say(exchange, { kind: 'response', status, reason, headers })
    if (exchange.isRequestDone) this.#goOn(exchange)
    return framing
  }

  /** The client's next bytes are of this exchange's stream, or of the next request. */
  #goOn(exchange: Exchange): void {
    if (exchange.isTakenOver) this.#client.stream()
    else this.#client.next()
  }

  #answerEnd(): void {
    const exchange = this.#open[0]
    // An interim answer, such as 100 Continue: the real one follows.
    if (!exchange || exchange.isTakenOver === undefined) return this.#engine.next()
    this.#say(exchange, { kind: 'end', from: 'engine' })
    exchange.isAnswerDone = true
    this.#settle(exchange)
    this.#engine.next()
  }

  #settle(exchange: Exchange): void {
    const isDone = exchange.isAnswerDone && exchange.isRequestDone
    if (isDone && this.#open[0] === exchange) this.#open.shift()
  }

  #say(exchange: Exchange | undefined, passing: Passing): void {
    if (exchange) this.#tell({ exchange: exchange.number, timeMs: performance.timeOrigin + performance.now(), passing })
  }
}

function answerFraming({ method }: Exchange, status: number, headers: readonly Header[]): Framing {
  if (status === 101) return { kind: 'stream' }
  if (method === 'HEAD' || status === 204 || status === 304) return { kind: 'none' }
  return framingOf(headers) ?? { kind: 'stream' }
}

/** What the headers say; undefined when they say nothing. */
function framingOf(headers: readonly Header[]): Framing | undefined {
  if (/\bchunked\b/i.test(headerOf(headers, 'transfer-encoding'))) return { kind: 'chunked' }
  const length = headerOf(headers, 'content-length')
  return /^\d+$/.test(length) ? { kind: 'length', bytes: Number(length) } : undefined
}
