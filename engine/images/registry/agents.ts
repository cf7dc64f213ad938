import { lookup } from 'node:dns'
import { lookup as lookUp } from 'node:dns/promises'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { getCACertificates } from 'node:tls'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { EngineError } from '../../errors.ts'
import { trustAuthorities } from '../../linux/trusted-authorities.ts'
import { type Certificates, certificatesFor } from './certificates.ts'
import type { Endpoint } from './endpoint.ts'
import { type Proxies, proxyFor } from './proxy.ts'

/** How the machine reaches registries. */
export interface Ways {
  readonly proxies: Proxies
  /** Of `certs.d`. */
  readonly certificateFolders: readonly string[]
  /** {@link PATIENCE} unless said otherwise. */
  readonly patience?: Patience
}

/** After how many milliseconds of silence a registry counts as stalled, and the request is begun again. */
export interface Patience {
  /** From the request to the head of its answer. */
  readonly headersTimeout: number
  /** From one piece of the answer to the next. */
  readonly bodyTimeout: number
}

const PATIENCE: Patience = { headersTimeout: 60_000, bodyTimeout: 120_000 }
const CONNECT_TIMEOUT_MS = 15_000

/** Addresses that mean this machine, or, link-local, what a cloud tells it about itself. */
const OWN = new BlockList()
for (const [network, length] of [
  ['127.0.0.0', 8],
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
] as const)
  OWN.addSubnet(network, length, 'ipv4')
for (const [network, length] of [
  ['::1', 128],
  ['::', 128],
  ['fe80::', 10],
] as const)
  OWN.addSubnet(network, length, 'ipv6')

/**
 * Connections for all that one registry asks of us. A registry elsewhere cannot send us on to this machine's own
 * addresses, by a redirect or a token server, whatever the name is that they hide behind.
 */
export class RegistryAgents implements AsyncDisposable {
  readonly #endpoint: Endpoint
  readonly #ways: Ways
  readonly #agents = new Map<string, Dispatcher>()
  #certificates: Promise<Certificates> | undefined

  constructor(endpoint: Endpoint, ways: Ways) {
    this.#endpoint = endpoint
    this.#ways = ways
  }

  /** @throws EngineError `forbidden` for an address of this machine's own, unless the registry is there itself */
  async for(url: URL): Promise<Dispatcher> {
    const proxy = proxyFor(url, this.#ways.proxies)
    if ((url.protocol === 'https:' && !this.#endpoint.isInsecure) || proxy?.startsWith('https:')) trustAuthorities()
    const host = bare(url.hostname)
    const isHome = host === this.#home
    if (!isHome && isIP(host) !== 0 && isOwn(host)) await this.#refuseOwn(host)
    const key = proxy ?? (isHome ? 'home' : 'away')
    const certificates = await (this.#certificates ??= certificatesFor(this.#endpoint.host, this.#ways.certificateFolders))
    const agent = this.#agents.get(key) ?? this.#make(proxy, isHome, certificates)
    this.#agents.set(key, agent)
    return agent
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()))
  }

  get #home(): string {
    return bare(new URL(`http://${this.#endpoint.host}`).hostname)
  }

  #make(proxy: string | undefined, isHome: boolean, { ca, clients }: Certificates): Dispatcher {
    const tls = {
      rejectUnauthorized: !this.#endpoint.isInsecure,
      ...(ca.length > 0 && { ca: [...getCACertificates('default'), ...ca] }),
      ...(clients.length > 0 && { cert: clients.map(({ cert }) => cert), key: clients.map(({ key }) => key) }),
    }
    const { patience = PATIENCE } = this.#ways
    if (proxy !== undefined) return new ProxyAgent({ uri: proxy, requestTls: { ...tls, timeout: CONNECT_TIMEOUT_MS }, ...patience })
    return new Agent({ connect: { ...tls, timeout: CONNECT_TIMEOUT_MS, ...(!isHome && { lookup: this.#guardedLookup }) }, ...patience })
  }

  readonly #guardedLookup: LookupFunction = (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, [])
      const answer = () => (options.all ? done(null, addresses) : done(null, addresses[0]?.address ?? '', addresses[0]?.family))
      if (!addresses.some(({ address }) => isOwn(address))) return answer()
      this.#refuseOwn(hostname).then(answer, (refusal: Error) => done(refusal, []))
    })
  }

  /** A registry on this machine may name others on it. */
  async #refuseOwn(target: string): Promise<void> {
    const home = this.#home
    const addresses = isIP(home) === 0 ? (await lookUp(home, { all: true })).map(({ address }) => address) : [home]
    if (addresses.some(isOwn)) return
    throw new EngineError('forbidden', `the registry ${this.#endpoint.host} leads to ${target}, which is an address of this machine's own: refused`)
  }
}

function isOwn(address: string): boolean {
  return OWN.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').toLowerCase()
}
