import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { RegistryError } from '../errors.ts'
import type { Deed } from './event.ts'

type Headers = Readonly<Record<string, string | number>>

export interface CallParts {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
  /** Empty where the endpoint has none. */
  readonly repository: string
  /** What follows: a digest, a tag, the id of an upload. */
  readonly target: string
}

/** One request, and the ways to answer it. */
export class RegistryCall {
  readonly request: IncomingMessage
  readonly query: URLSearchParams
  readonly repository: string
  readonly target: string
  /** What has been done for it, for those who want to hear of it. */
  readonly deeds: Deed[] = []
  readonly #response: ServerResponse

  constructor({ request, response, query, repository, target }: CallParts) {
    this.request = request
    this.#response = response
    this.query = query
    this.repository = repository
    this.target = target
  }

  get isHead(): boolean {
    return this.request.method === 'HEAD'
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  /** Without a body. */
  answer(status: number, headers: Headers = {}): void {
    this.#response.writeHead(status, status === 204 ? headers : { 'Content-Length': 0, ...headers }).end()
  }

  json(value: unknown, headers: Headers = {}): void {
    this.bytes(Buffer.from(`${JSON.stringify(value)}\n`), { 'Content-Type': 'application/json', ...headers })
  }

  bytes(body: Buffer, headers: Headers): void {
    this.#response.writeHead(200, { 'Content-Length': body.length, ...headers }).end(this.isHead ? undefined : body)
  }

  /** @param headers with `Content-Length` */
  async stream(status: number, headers: Headers, send: (target: Writable) => Promise<void>): Promise<void> {
    this.#response.writeHead(status, headers)
    await send(this.#response)
    this.#response.end()
  }

  /** The whole body. @throws RegistryError when it is larger, with this code and status 413 */
  async body(limitBytes: number, code: 'MANIFEST_INVALID' | 'SIZE_INVALID'): Promise<Buffer> {
    const tooLarge = () => new RegistryError(code, { status: 413, message: `the body is larger than ${limitBytes} bytes` })
    if (Number(this.request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge()
    const chunks: Buffer[] = []
    let sizeBytes = 0
    // Without the iterator's own clean-up: it would cut the connection before the answer is read.
    for await (const chunk of this.request.iterator({ destroyOnReturn: false })) {
      sizeBytes += chunk.length
      if (sizeBytes > limitBytes) throw tooLarge()
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }
}
