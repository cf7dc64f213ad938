import { get } from 'node:http'
import { createConnection, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { until } from './until.ts'

/** Docker's frames, taken apart. @see Engine API 1.51 ContainerAttach, "Stream format" */
export interface Frame {
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
}

/**
 * One connection to a unix socket, byte for byte: for what HTTP clients hide, such as taken-over connections and
 * half-closing. Disposal cuts it.
 */
export class RawConnection implements Disposable {
  readonly #socket: Socket
  readonly #chunks: Buffer[] = []
  #hasEnded = false

  constructor(socketPath: string) {
    this.#socket = createConnection({ path: socketPath, allowHalfOpen: true })
    this.#socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
    })
    this.#socket.on('end', () => {
      this.#hasEnded = true
    })
    this.#socket.on('error', () => {
      this.#hasEnded = true
    })
  }

  /** Sends a request that asks to take the connection over, as docker clients do. */
  static upgrade(socketPath: string, path: string, body?: unknown): RawConnection {
    const connection = new RawConnection(socketPath)
    const payload = body === undefined ? '' : JSON.stringify(body)
    const type = body === undefined ? '' : 'Content-Type: application/json\r\n'
    connection.send(
      `POST ${path} HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n${type}Content-Length: ${Buffer.byteLength(payload)}\r\n\r\n${payload}`,
    )
    return connection
  }

  send(data: string | Buffer): void {
    this.#socket.write(data)
  }

  /** Ends our side; theirs goes on. */
  end(): void {
    this.#socket.end()
  }

  /** Stops reading: what the other side sends piles up there. */
  stall(): void {
    this.#socket.pause()
  }

  unstall(): void {
    this.#socket.resume()
  }

  /** In one piece. Only looked at now and then: much may have come meanwhile. */
  get #received(): Buffer {
    if (this.#chunks.length > 1) this.#chunks.splice(0, this.#chunks.length, Buffer.concat(this.#chunks))
    return this.#chunks[0] ?? Buffer.alloc(0)
  }

  /** The kernel has all that was sent. */
  get isFlushed(): boolean {
    return !this.#socket.connecting && this.#socket.writableLength === 0
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Status line and headers, without the blank line after them. */
  async head(): Promise<string> {
    const end = await until('the head of the answer', () => {
      const at = this.#received.indexOf('\r\n\r\n')
      return at < 0 ? undefined : at + 1
    })
    return this.#received.toString('latin1', 0, end - 1)
  }

  /** What came after the head, so far. */
  get payload(): Buffer {
    const at = this.#received.indexOf('\r\n\r\n')
    return at < 0 ? Buffer.alloc(0) : this.#received.subarray(at + 4)
  }

  /** What came after the head, once the other side has ended the connection. */
  async rest(timeoutMs?: number): Promise<Buffer> {
    await until('the end of the connection', () => this.#hasEnded, timeoutMs)
    return this.payload
  }

  async receives(text: string): Promise<void> {
    await until(`${JSON.stringify(text)} to arrive`, () => this.payload.includes(text))
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}

/** @throws Error when the bytes end inside a frame */
export function framesOf(bytes: Buffer): Frame[] {
  const frames: Frame[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at + 4)
    if (at + 8 + length > bytes.length) throw new Error('the stream ends inside a frame')
    frames.push({ stream: bytes[at] === 2 ? 'stderr' : 'stdout', text: bytes.toString('utf8', at + 8, at + 8 + length) })
    at += 8 + length
  }
  return frames
}

/** All text of one stream, however it was cut into frames. */
export function textOf(bytes: Buffer, stream: Frame['stream']): string {
  return framesOf(bytes)
    .filter((frame) => frame.stream === stream)
    .map((frame) => frame.text)
    .join('')
}

export interface BinaryAnswer {
  readonly status: number
  readonly type: string
  readonly body: Buffer
}

/** A plain GET whose body is no text. */
export function getBytes(socketPath: string, path: string): Promise<BinaryAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<BinaryAnswer>()
  get({ socketPath, path }, (response) => {
    const done = (body: Buffer) => resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body })
    buffer(response).then(done, reject)
  }).on('error', reject)
  return promise
}
