import { once } from 'node:events'
import type { Socket } from 'node:net'
import { Conversation, type Counter } from './conversation.ts'
import { headerOf, type Passing, type TapEvent } from './event.ts'

/** The beginning of a body: as much as an id needs. */
class Beginning {
  #text = ''

  add(data: Buffer): void {
    if (this.#text.length < 256) this.#text += data.toString('latin1', 0, 256)
  }

  get text(): string {
    return this.#text
  }
}

/** One recorded request on its way to an engine, over a connection of its own. */
export class Sending {
  readonly name: string
  /** Of the recorded answer, and of the one that comes now. */
  readonly recorded = new Beginning()
  readonly answered = new Beginning()
  readonly #socket: Socket
  readonly #status = Promise.withResolvers<number | undefined>()
  readonly #ended = Promise.withResolvers<void>()
  #isChunked: boolean
  #isBodyDone = false

  constructor(socket: Socket, counter: Counter, request: Extract<Passing, { kind: 'request' }>, tell: (event: TapEvent) => void) {
    const { method, target, headers } = request
    this.name = `${method} ${target}`
    this.#socket = socket
    this.#isChunked = /\bchunked\b/i.test(headerOf(headers, 'transfer-encoding'))
    const conversation = new Conversation(counter, (event) => {
      tell(event)
      this.#see(event.passing)
    })
    this.#socket.on('data', (data: Buffer) => conversation.fromEngine(data))
    this.#socket.on('end', () => conversation.engineEnded())
    this.#socket.on('error', () => {}) // The connection is closed then, too.
    this.#socket.on('close', () => {
      conversation.lost()
      this.#status.resolve(undefined)
      this.#ended.resolve()
    })
    this.#send = (data) => {
      conversation.fromClient(data)
      return socket.write(data)
    }
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    this.#send(Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`, 'latin1'))
  }

  readonly #send: (data: Buffer) => boolean

  /** Of the answer, once its head is there; undefined when there will be none. */
  get status(): Promise<number | undefined> {
    return this.#status.promise
  }

  /** Resolves when the answer is complete, or the connection gone. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /** A piece of the body; once that is done, of what follows it on a connection that was taken over. */
  async sendBody(data: Buffer): Promise<void> {
    const isFlowing = this.#send(this.#isChunked ? Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]) : data)
    if (!isFlowing && !this.#socket.destroyed) await Promise.race([once(this.#socket, 'drain'), this.#ended.promise])
  }

  /** The end of the body; the second time, that of the client's side of the connection. */
  endBody(): void {
    if (this.#isBodyDone) this.#socket.end()
    else if (this.#isChunked) this.#send(Buffer.from('0\r\n\r\n'))
    this.#isBodyDone = true
    this.#isChunked = false
  }

  close(): void {
    this.#socket.destroy()
  }

  #see(passing: Passing): void {
    if (passing.kind === 'response') this.#status.resolve(passing.status)
    else if (passing.kind === 'data' && passing.from === 'engine') this.answered.add(passing.data)
    else if (passing.kind === 'end' && passing.from === 'engine') this.#ended.resolve()
  }
}
