import { BlockList, isIP } from 'node:net'
import { Agent, type Dispatcher, request } from 'undici'
import { EngineError, messageOf } from '../../errors.ts'
import type { RegistrySettings } from '../images.ts'
import type { Reference } from '../reference.ts'
import type { RegistryAuth } from './auth.ts'

type Headers = Record<string, string>

const HUB = 'registry-1.docker.io'

/** Answers that belong to the caller, not to an error. */
export interface RegistryResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Dispatcher.ResponseData['body']
}

/**
 * One repository at one registry, with the token that it asked for.
 * @see OCI distribution-spec v1.1
 * @see distribution token authentication, "Requesting a Token"
 */
export class RepositoryClient {
  readonly #reference: Reference
  readonly #auth: RegistryAuth | undefined
  readonly #actions: string
  readonly #agent: Agent
  readonly #isInsecure: boolean
  #scheme: 'https' | 'http' = 'https'
  #authorization: string | undefined
  readonly #signal: AbortSignal

  constructor(parts: { reference: Reference; auth: RegistryAuth | undefined; settings: RegistrySettings; actions: 'pull' | 'pull,push'; signal: AbortSignal }) {
    this.#reference = parts.reference
    this.#auth = parts.auth
    this.#actions = parts.actions
    this.#signal = parts.signal
    this.#isInsecure = isInsecure(parts.reference.domain, parts.settings)
    this.#agent = new Agent({ connect: { rejectUnauthorized: !this.#isInsecure, timeout: 15_000 }, headersTimeout: 60_000, bodyTimeout: 120_000 })
  }

  /** Finds out how to speak to the registry. @throws EngineError with docker's words when it cannot be reached */
  async connect(): Promise<void> {
    try {
      await this.#ping()
    } catch (error) {
      if (!this.#isInsecure) throw unreachable(this.#base(), error)
      this.#scheme = 'http'
      await this.#ping().catch((cause: unknown) => {
        throw unreachable(this.#base(), cause)
      })
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  /** A call below `/v2/<name>/`, authorised as the registry asks. */
  async call(method: Dispatcher.HttpMethod, path: string, options: { headers?: Headers; body?: Dispatcher.DispatchOptions['body'] } = {}): Promise<RegistryResponse> {
    const url = path.startsWith('http') ? path : `${this.#base()}/v2/${this.#reference.path}/${path}`
    const response = await this.#send(method, url, options)
    if (response.status !== 401 || options.body) return response
    await response.body.dump()
    await this.#authorise(response)
    return this.#send(method, url, options)
  }

  /** Where an upload session lies: absolute, or relative to the registry. */
  resolve(location: string): string {
    return new URL(location, this.#base()).toString()
  }

  async #ping(): Promise<void> {
    const response = await this.#send('GET', `${this.#base()}/v2/`)
    await response.body.dump()
    if (response.status === 401) await this.#authorise(response)
  }

  async #send(method: Dispatcher.HttpMethod, url: string, { headers, body }: { headers?: Headers; body?: Dispatcher.DispatchOptions['body'] } = {}): Promise<RegistryResponse> {
    let target = url
    for (let hops = 0; ; hops++) {
      const isOurs = target.startsWith(this.#base())
      const response = await request(target, {
        method,
        body: body ?? null,
        dispatcher: this.#agent,
        signal: this.#signal,
        // A token is for the registry, not for the storage that it sends us to.
        headers: { ...headers, ...(isOurs && this.#authorization && { authorization: this.#authorization }) },
      })
      const { location } = response.headers
      if (method !== 'GET' || ![301, 302, 303, 307, 308].includes(response.statusCode) || typeof location !== 'string' || hops === 5) {
        return { status: response.statusCode, headers: response.headers, body: response.body }
      }
      await response.body.dump()
      target = new URL(location, target).toString()
    }
  }

  async #authorise(response: RegistryResponse): Promise<void> {
    const challenge = String(response.headers['www-authenticate'] ?? '')
    if (/^basic/i.test(challenge)) {
      if (!this.#auth) throw new EngineError('system', `Head ${JSON.stringify(this.#base())}: no basic auth credentials`)
      this.#authorization = basic(this.#auth)
      return
    }
    if (!/^bearer/i.test(challenge)) throw new EngineError('system', `unauthorized: authentication required`)
    if (this.#auth?.registryToken) {
      this.#authorization = `Bearer ${this.#auth.registryToken}`
      return
    }
    this.#authorization = `Bearer ${await this.#token(parameters(challenge))}`
  }

  async #token(challenge: ReadonlyMap<string, string>): Promise<string> {
    const url = new URL(challenge.get('realm') ?? '')
    const service = challenge.get('service')
    if (service) url.searchParams.set('service', service)
    url.searchParams.set('scope', `repository:${this.#reference.path}:${this.#actions}`)
    const headers: Headers = this.#auth?.username ? { authorization: basic(this.#auth) } : {}
    const response = await request(url, { dispatcher: this.#agent, signal: this.#signal, headers })
    if (response.statusCode !== 200) {
      await response.body.dump()
      throw new EngineError('unauthorized', `Get ${JSON.stringify(url.toString())}: unauthorized: incorrect username or password`)
    }
    const body = (await response.body.json()) as { token?: unknown; access_token?: unknown }
    const token = typeof body.token === 'string' ? body.token : body.access_token
    if (typeof token !== 'string') throw new EngineError('system', 'the registry answered without a token')
    return token
  }

  #base(): string {
    const host = this.#reference.domain === 'docker.io' ? HUB : this.#reference.domain
    return `${this.#scheme}://${host}`
  }
}

function basic({ username, password }: RegistryAuth): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function parameters(challenge: string): ReadonlyMap<string, string> {
  return new Map([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key ?? '', value ?? '']))
}

/** Plain HTTP only for the loopback and for what `--insecure-registry` names. */
function isInsecure(domain: string, settings: RegistrySettings): boolean {
  const host = domain.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  if (host === 'localhost' || settings.insecureHosts.includes(domain) || settings.insecureHosts.includes(host)) return true
  if (isIP(host) === 0) return false
  const allowed = new BlockList()
  for (const cidr of ['127.0.0.0/8', '::1/128', ...settings.insecureCidrs]) {
    const [network = '', length = ''] = cidr.split('/')
    allowed.addSubnet(network, Number(length), isIP(network) === 6 ? 'ipv6' : 'ipv4')
  }
  return allowed.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}

/** Go's wording of a failed connection, which clients show as it is. */
function unreachable(base: string, error: unknown): EngineError {
  if (error instanceof EngineError) return error
  const url = JSON.stringify(`${base}/v2/`)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const host = new URL(base).hostname
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new EngineError('system', `Get ${url}: dial tcp: lookup ${host}: no such host`, { cause: error })
  if (code === 'ECONNREFUSED') return new EngineError('system', `Get ${url}: dial tcp ${new URL(base).host}: connect: connection refused`, { cause: error })
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return new EngineError('system', `Get ${url}: http: server gave HTTP response to HTTPS client`, { cause: error })
  }
  return new EngineError('system', `Get ${url}: ${messageOf(error)}`, { cause: error })
}
