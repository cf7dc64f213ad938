import type { IncomingMessage } from 'node:http'
import WebSocket from 'ws'
import { until } from './until.ts'

/** One message, as it came. */
export interface Message {
  readonly isBinary: boolean
  readonly data: Buffer
}

/** A WebSocket to an engine, over its unix socket or tcp. Disposal cuts it. */
export class WebSocketClient implements Disposable {
  readonly messages: Message[] = []
  readonly socket: WebSocket
  #refusal: IncomingMessage | undefined
  #closeCode: number | undefined

  /** @param engine `unix:PATH` or `HOST:PORT` */
  constructor(engine: string, path: string, options: WebSocket.ClientOptions = {}) {
    this.socket = new WebSocket(engine.startsWith('unix:') ? `ws+${engine}:${path}` : `ws://${engine}${path}`, options)
    this.socket.on('message', (data: Buffer, isBinary) => this.messages.push({ data, isBinary }))
    this.socket.on('unexpected-response', (_, response) => {
      this.#refusal = response
    })
    this.socket.on('close', (code) => {
      this.#closeCode = code
    })
    this.socket.on('error', () => {}) // What it is about shows in what the test waits for.
  }

  get text(): string {
    return Buffer.concat(this.messages.map(({ data }) => data)).toString()
  }

  async opens(): Promise<void> {
    await until('the websocket to open', () => this.socket.readyState === WebSocket.OPEN)
  }

  /** The status of an engine that does not want to. */
  async refused(): Promise<number> {
    return (await until('the websocket to be refused', () => this.#refusal)).statusCode ?? 0
  }

  async receives(text: string): Promise<void> {
    await until(`${JSON.stringify(text)} to arrive`, () => this.text.includes(text)).catch((error: unknown) => {
      throw new Error(`only this arrived: ${JSON.stringify(this.text)}`, { cause: error })
    })
  }

  /** The code with which the engine closes it. */
  async closes(): Promise<number> {
    return until('the websocket to be closed', () => this.#closeCode)
  }

  [Symbol.dispose](): void {
    this.socket.terminate()
  }
}
