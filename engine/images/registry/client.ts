import { type Dispatcher, request } from 'undici'
import { EngineError } from '../../errors.ts'
import { RegistryAgents, type Ways } from './agents.ts'
import type { RegistryAuth } from './auth.ts'
import { type MOST_BYTES, readText, refusalOf } from './body.ts'
import type { Endpoint } from './endpoint.ts'
import { registryError, unreachable } from './errors.ts'
import type { Place } from './neighbour.ts'
import { retrying } from './retry.ts'
import { authorizationFor } from './token.ts'

type Headers = Record<string, string>

export interface RegistryResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Dispatcher.ResponseData['body']
}

interface CallOptions {
  readonly headers?: Headers
  readonly body?: Dispatcher.DispatchOptions['body']
}

export interface ClientParts {
  readonly endpoint: Endpoint
  /** Path of the repository, e.g. `library/busybox`; undefined to log in only. */
  readonly repository: string | undefined
  readonly auth: RegistryAuth | undefined
  readonly actions: 'pull' | 'pull,push'
  /** Other repositories of the registry, from which blobs may be taken over. */
  readonly mountFrom?: readonly string[]
  readonly signal: AbortSignal
  readonly ways: Ways
}

const MAX_REDIRECTS = 5
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]

/**
 * One repository at one registry, with the token that it asked for.
 * @see OCI distribution-spec v1.1
 */
export class RepositoryClient implements AsyncDisposable {
  readonly #parts: ClientParts
  readonly #agents: RegistryAgents
  #scheme: 'https' | 'http'
  #authorization: string | undefined

  constructor(parts: ClientParts) {
    this.#parts = parts
    this.#scheme = parts.endpoint.scheme ?? 'https'
    this.#agents = new RegistryAgents(parts.endpoint, parts.ways)
  }

  /** Finds out how to speak to the registry. @throws EngineError with docker's words when it cannot be reached or refuses */
  async connect(): Promise<void> {
    const { isInsecure, scheme } = this.#parts.endpoint
    try {
      await this.#ping()
    } catch (error) {
      if (!isInsecure || scheme !== undefined) throw unreachable(this.base, error)
      this.#scheme = 'http'
      await this.#ping().catch((cause: unknown) => {
        throw unreachable(this.base, cause)
      })
    }
  }

  /** Whether the credentials are good. @throws EngineError `unauthorized` with docker's words */
  async login(): Promise<void> {
    await this.connect()
    const url = `${this.base}/v2/`
    const response = await this.#send('GET', url)
    await response.body.dump()
    if (response.status === 401) throw new EngineError('unauthorized', `Get ${JSON.stringify(url)}: unauthorized: incorrect username or password`)
    if (response.status >= 400) throw registryError(response.status, '')
  }

  /** Where the repository is, as names of images call it. */
  get place(): Place {
    return { host: this.#parts.endpoint.host, repository: this.#parts.repository ?? '' }
  }

  /** `https://host:port` */
  get base(): string {
    return `${this.#scheme}://${this.#parts.endpoint.host}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agents[Symbol.asyncDispose]()
  }

  /**
   * A call below `/v2/<repository>/`, or of an absolute URL, authorised as the registry asks. A body is sent once: have
   * the authorisation before, by a call without one.
   */
  async call(method: Dispatcher.HttpMethod, path: string, options: CallOptions = {}): Promise<RegistryResponse> {
    const url = URL.canParse(path) ? path : `${this.base}/v2/${this.#parts.repository}/${path}`
    const response = await this.#send(method, url, options)
    if (response.status !== 401 || options.body) return response
    await response.body.dump()
    await this.#authorise(response, url)
    return this.#send(method, url, options)
  }

  /**
   * What lies at a path, in memory. Bad moments are waited out.
   * @throws EngineError of the registry's refusal, or when it is longer than such a thing may be
   */
  text(path: string, what: keyof typeof MOST_BYTES, headers: Headers = {}): Promise<{ text: string; headers: RegistryResponse['headers'] }> {
    return retrying({ signal: this.#parts.signal }, async () => {
      const response = await this.call('GET', path, { headers })
      if (response.status !== 200) throw await refusalOf(response)
      return { text: await readText(response.body, what), headers: response.headers }
    })
  }

  /** Where an upload session lies: absolute, or relative to the registry. */
  resolve(location: string): URL {
    return new URL(location, this.base)
  }

  async #ping(): Promise<void> {
    const url = `${this.base}/v2/`
    const response = await this.#send('GET', url)
    await response.body.dump()
    if (response.status === 401) await retrying({ signal: this.#parts.signal }, () => this.#authorise(response, url))
  }

  async #send(method: Dispatcher.HttpMethod, url: string, { headers, body }: CallOptions = {}): Promise<RegistryResponse> {
    const { origin } = new URL(this.base)
    let target = url
    for (let hops = 0; ; hops++) {
      // A token is for the registry, not for the storage that it sends us to.
      const authorization = new URL(target).origin === origin ? this.#authorization : undefined
      const response = await request(target, {
        method,
        body: body ?? null,
        dispatcher: await this.#agents.for(new URL(target)),
        signal: this.#parts.signal,
        headers: { ...headers, ...(authorization && { authorization }) },
      })
      const { location } = response.headers
      const isRead = method === 'GET' || method === 'HEAD'
      if (!isRead || !REDIRECTS.includes(response.statusCode) || typeof location !== 'string' || hops === MAX_REDIRECTS) {
        return { status: response.statusCode, headers: response.headers, body: response.body }
      }
      await response.body.dump()
      target = new URL(location, target).toString()
    }
  }

  async #authorise(response: RegistryResponse, url: string): Promise<void> {
    const { repository, actions, auth, signal, mountFrom = [] } = this.#parts
    this.#authorization = await authorizationFor({
      challenge: String(response.headers['www-authenticate'] ?? ''),
      scopes: [...(repository === undefined ? [] : [`repository:${repository}:${actions}`]), ...mountFrom.map((source) => `repository:${source}:pull`)],
      auth,
      url,
      agents: this.#agents,
      signal,
    })
  }
}
