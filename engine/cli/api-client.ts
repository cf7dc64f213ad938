import type { Agent, ClientRequest, IncomingMessage, request } from 'node:http'
import type { Duplex, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { ApiError, ConnectionError } from './api-error.ts'
import type { Endpoint } from './host.ts'

/** As an import, the module would load all that it may ever need, a second HTTP client too: 60 ms more for every command. */
const http = process.getBuiltinModule('node:http')

/** The newest Engine API version that this client knows. */
export const CLIENT_API_VERSION = '1.51'

/** As many requests at a time as docker's client makes. */
const AT_ONCE = { keepAlive: true, maxSockets: 50 }

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

export interface CallOptions {
  readonly query?: Query
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is, in chunks. */
  readonly upload?: Readable
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/**
 * The Engine API over one endpoint. Speaks the newest version that both sides know. Every method throws `ApiError` for
 * an answer of 400 and more, `ConnectionError` when there is no daemon.
 */
export class ApiClient {
  readonly endpoint: Endpoint
  readonly #agent: Agent
  readonly #send: typeof request
  #version: Promise<string> | undefined

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint
    const https = endpoint.tls && process.getBuiltinModule('node:https')
    this.#agent = https ? new https.Agent({ ...AT_ONCE, ...endpoint.tls }) : new http.Agent(AT_ONCE)
    this.#send = (https ?? http).request
  }

  /** The API version spoken: `DOCKER_API_VERSION`, else the lower one of ours and the daemon's. */
  version(): Promise<string> {
    this.#version ??= process.env.DOCKER_API_VERSION ? Promise.resolve(process.env.DOCKER_API_VERSION) : this.#negotiate()
    return this.#version
  }

  /**
   * The answer's JSON as it came. Its type is the caller's claim about the Engine API: a schema check here would cost
   * every command more time than all the rest of its start.
   */
  async json<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    return JSON.parse(await text(await this.stream(method, path, options)))
  }

  /** For endpoints whose answer is its status. */
  async call(method: string, path: string, options: CallOptions = {}): Promise<void> {
    await text(await this.stream(method, path, options))
  }

  /** The answer as soon as its head is there. */
  async stream(method: string, path: string, options: CallOptions = {}): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const outgoing = await this.#open(method, path, options)
    outgoing.on('response', resolve).on('error', (cause) => reject(new ConnectionError(this.endpoint, cause)))
    if (options.upload) pipeline(options.upload, outgoing).catch(reject)
    else this.#end(outgoing, options)
    return succeeded(await promise)
  }

  /** Takes the connection over from HTTP: bytes both ways. @see Engine API 1.51 ContainerAttach, ExecStart */
  async hijack(path: string, options: CallOptions = {}): Promise<Duplex> {
    const { promise, resolve, reject } = Promise.withResolvers<Duplex>()
    const outgoing = await this.#open('POST', path, { ...options, headers: { ...options.headers, Connection: 'Upgrade', Upgrade: 'tcp' } })
    outgoing.on('upgrade', (_, socket: Duplex, head: Buffer) => {
      if (head.length > 0) socket.unshift(head)
      resolve(socket)
    })
    outgoing.on('response', (response) => {
      succeeded(response).then(() => reject(new Error(`unable to upgrade to tcp, received ${response.statusCode}`)), reject)
    })
    outgoing.on('error', (cause) => reject(new ConnectionError(this.endpoint, cause)))
    this.#end(outgoing, options)
    return promise
  }

  async #open(method: string, path: string, { query = {}, body, headers, signal }: CallOptions): Promise<ClientRequest> {
    return this.#request(
      method,
      `/v${await this.version()}${path}${queryText(query)}`,
      {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      signal,
    ) // prettier-ignore
  }

  #request(method: string, path: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal): ClientRequest {
    return this.#send({
      ...this.endpoint.address,
      agent: this.#agent,
      method,
      path,
      signal,
      headers: { 'User-Agent': 'engineroom', ...headers },
    })
  }

  #end(outgoing: ClientRequest, { body }: CallOptions): void {
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  }

  async #negotiate(): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const outgoing = this.#request('HEAD', '/_ping', {})
    outgoing.on('response', resolve).on('error', (cause) => reject(new ConnectionError(this.endpoint, cause)))
    outgoing.end()
    const response = await promise
    response.resume()
    const offered = response.headers['api-version']
    const theirs = typeof offered === 'string' ? offered : '1.24'
    return minorOf(theirs) < minorOf(CLIENT_API_VERSION) ? theirs : CLIENT_API_VERSION
  }
}

/** All versions begin with `1.`. */
function minorOf(version: string): number {
  return Number(version.split('.')[1])
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined || value === false) continue
    for (const one of Array.isArray(value) ? value : [value === true ? '1' : String(value)]) parameters.append(key, one)
  }
  return parameters.size === 0 ? '' : `?${parameters}`
}

async function succeeded(response: IncomingMessage): Promise<IncomingMessage> {
  const status = response.statusCode ?? 0
  if (status < 400) return response
  throw new ApiError(status, reasonOf(await text(response), status))
}

/** Errors are `{"message": …}`, or plain text where a connection was about to be taken over. */
function reasonOf(body: string, status: number): string {
  try {
    const parsed: unknown = JSON.parse(body)
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return String(parsed.message).trim()
  } catch {
    // Plain text: it is the reason itself.
  }
  return body.trim() || `status ${status}`
}

/** `filters` of a query from `key=value` texts. @see engine-api notes 1.6 */
export function filtersOf(pairs: readonly string[] | undefined): string | undefined {
  if (!pairs || pairs.length === 0) return undefined
  const filters: Record<string, Record<string, true>> = {}
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    const values = (filters[pair.slice(0, equals).trim().toLowerCase()] ??= {})
    values[pair.slice(equals + 1).trim()] = true
  }
  return JSON.stringify(filters)
}

/** A name in a path; slashes of image names stay. */
export function inPath(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/')
}
