import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Duplex, PassThrough, type Readable } from 'node:stream'
import type { Static, TSchema } from 'typebox'
import { EngineError } from '../errors.ts'
import { decodeJson } from '../json/json-body.ts'
import { checkJsonType, mediaType } from './content-type.ts'
import type { Query } from './query.ts'
import type { ApiVersion } from './version.ts'

/** The connection of a request that asked to upgrade: Node hands it over with the body still unread. */
export interface UpgradeConnection {
  readonly socket: Duplex
  readonly head: Buffer
}

/** A JSON body larger than this is refused: no honest request comes near it. */
const MAX_JSON_BYTES = 16 * 1024 * 1024

const UPLOAD_BUFFER_BYTES = 256 * 1024

/** One API request and the ways to answer it. */
export class ApiCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly version: ApiVersion
  readonly params: Readonly<Record<string, string>>
  /** Aborted when the client goes away before the answer is complete. */
  readonly signal: AbortSignal
  /** Set while the connection can still be taken over. */
  readonly upgrade: UpgradeConnection | undefined
  #query: Query
  #isHeadTaken = false

  constructor(parts: {
    request: IncomingMessage
    response: ServerResponse
    version: ApiVersion
    params: Readonly<Record<string, string>>
    query: Query
    signal: AbortSignal
    upgrade?: UpgradeConnection | undefined
  }) {
    this.request = parts.request
    this.response = parts.response
    this.version = parts.version
    this.params = parts.params
    this.#query = parts.query
    this.signal = parts.signal
    this.upgrade = parts.upgrade
  }

  get query(): Query {
    return this.#query
  }

  /** A path parameter. */
  param(name: string): string {
    return this.params[name] ?? ''
  }

  header(name: string): string {
    const value = this.request.headers[name.toLowerCase()]
    return Array.isArray(value) ? value.join(', ') : (value ?? '')
  }

  /** Answers with compact JSON and docker's trailing newline. */
  json(status: number, value: unknown): void {
    const body = `${JSON.stringify(value)}\n`
    this.response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
    this.response.end(body)
  }

  /** Answers without a body. */
  empty(status: number): void {
    if (status === 204 || status === 304) this.response.writeHead(status)
    else this.response.writeHead(status, { 'Content-Length': 0 })
    this.response.end()
  }

  /** Sends the head of a chunked answer at once, before there is any data: clients wait for it. */
  stream(contentType: string, status = 200): ServerResponse {
    this.response.writeHead(status, { 'Content-Type': contentType })
    this.response.flushHeaders()
    return this.response
  }

  /**
   * Reads and decodes a JSON body.
   * @throws EngineError `invalid` when it is missing or not of the schema
   */
  async body<T extends TSchema>(schema: T): Promise<Static<T>> {
    return decodeJson(schema, await this.#text())
  }

  /** Like {@link body}, but no body at all means "all defaults", as at most of docker's endpoints. */
  async optionalBody<T extends TSchema>(schema: T): Promise<Static<T>> {
    const text = await this.#text()
    return decodeJson(schema, text === '' ? '{}' : text)
  }

  /** Like {@link body}, of whatever type the client says that it is: docker does not look where somebody logs in. */
  async untypedBody<T extends TSchema>(schema: T): Promise<Static<T>> {
    return decodeJson(schema, (await readAll(this)).toString())
  }

  /** What a form in the body says goes before the query. @see Go's net/http, Request.ParseForm */
  async mergeForm(): Promise<void> {
    if (mediaType(this.header('content-type')) !== 'application/x-www-form-urlencoded') return
    this.#query = this.#query.after(new URLSearchParams((await readAll(this)).toString()))
  }

  /**
   * Reads a JSON body where none is looked at, and throws it away: dockerode repeats the query of an attach in one, and
   * what comes after it on the connection is the input.
   */
  async skipJsonBody(): Promise<void> {
    if (mediaType(this.header('content-type')) === 'application/json') await readAll(this)
  }

  /**
   * A body that is no JSON, as a stream that may be given up at any point: what is left of it when that happens, or when
   * the answer is complete, is read and thrown away, so that the answer arrives. Destroying the request itself would cut
   * the connection.
   */
  upload(): Readable {
    const body = new PassThrough({ highWaterMark: UPLOAD_BUFFER_BYTES })
    this.request.on('close', () => {
      if (!this.request.complete) body.destroy(new Error('unexpected EOF'))
    })
    // Whoever reads it gets the error; when the client leaves, nobody may be reading any more, or yet.
    body.on('error', () => undefined)
    body.on('close', () => this.request.resume())
    this.response.on('finish', () => body.destroy())
    return this.request.pipe(body)
  }

  /** The bytes that came with an upgrade request's head and that no body has consumed. */
  takeHead(): Buffer {
    if (!this.upgrade || this.#isHeadTaken) return Buffer.alloc(0)
    this.#isHeadTaken = true
    return this.upgrade.head
  }

  async #text(): Promise<string> {
    const text = (await readAll(this)).toString()
    const type = this.header('content-type')
    if (text !== '' || type !== '') checkJsonType(type)
    return text
  }
}

async function readAll(call: ApiCall): Promise<Buffer> {
  const chunks: Buffer[] = []
  let total = 0
  for await (const chunk of call.upgrade ? upgradeBody(call, call.upgrade) : (call.request as AsyncIterable<Buffer>)) {
    total += chunk.length
    if (total > MAX_JSON_BYTES) throw new EngineError('invalid', 'request body too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/**
 * The body of an upgrade request, which Node leaves on the socket: exactly Content-Length bytes; what follows is
 * already the stream (stdin), so it is pushed back.
 */
async function* upgradeBody(call: ApiCall, connection: UpgradeConnection): AsyncGenerator<Buffer> {
  let missing = Number(call.header('content-length') || 0)
  const { socket } = connection
  const head = call.takeHead()
  if (head.length > 0) socket.unshift(head)
  while (missing > 0) {
    const chunk = socket.read() as Buffer | null
    if (chunk === null) {
      await readable(socket)
      continue
    }
    if (chunk.length > missing) socket.unshift(chunk.subarray(missing))
    const part = chunk.subarray(0, missing)
    missing -= part.length
    yield part
  }
}

function readable(socket: Duplex): Promise<void> {
  if (socket.readableEnded || socket.destroyed) throw new EngineError('invalid', 'invalid JSON: unexpected EOF')
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const done = () => {
    socket.off('readable', done).off('end', ended).off('close', ended)
    resolve()
  }
  const ended = () => {
    socket.off('readable', done).off('end', ended).off('close', ended)
    reject(new EngineError('invalid', 'invalid JSON: unexpected EOF'))
  }
  socket.on('readable', done).on('end', ended).on('close', ended)
  return promise
}
