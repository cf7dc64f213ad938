import { BlockList, isIP } from 'node:net'
import { isLoopback } from '../../linux/loopback.ts'

/** How the daemon gets out, as its environment says. */
export interface Proxies {
  readonly http: string
  readonly https: string
  /** Hosts, domains, addresses and CIDRs that are reached directly, separated by commas. */
  readonly none: string
}

/**
 * Like Go, upper case first. @see golang.org/x/net/http/httpproxy, FromEnvironment
 * @param said in daemon.json, which goes before the environment
 */
export function proxiesOf(
  environment: Readonly<Record<string, string | undefined>>,
  said: { readonly [Key in keyof Proxies]?: string | undefined } = {},
): Proxies {
  const value = (name: string) => environment[name] || environment[name.toLowerCase()] || ''
  return { http: said.http ?? value('HTTP_PROXY'), https: said.https ?? value('HTTPS_PROXY'), none: said.none ?? value('NO_PROXY') }
}

/**
 * The proxy for a URL, by Go's rules: never for the machine itself.
 * @returns undefined to go there directly
 * @see golang.org/x/net/http/httpproxy, Config.ProxyFunc
 */
export function proxyFor(url: URL, proxies: Proxies): string | undefined {
  const proxy = url.protocol === 'https:' ? proxies.https : proxies.http
  const host = url.hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
  if (proxy === '' || isLoopback(host)) return undefined
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  if (proxies.none.split(',').some((entry) => isMeant(entry.trim().toLowerCase(), host, port))) return undefined
  return proxy.includes('://') ? proxy : `http://${proxy}`
}

/** `*`, `example.com` with all below it, `.example.com` only those below, an address, a CIDR; all but CIDRs also with a port. */
function isMeant(entry: string, host: string, port: string): boolean {
  if (entry === '') return false
  if (entry === '*') return true
  if (/\/\d+$/.test(entry)) return isWithin(host, entry)
  const [, name = '', wantedPort] = /^(\[[^\]]*\]|[^:]*|[0-9a-f:]*)(?::(\d+))?$/.exec(entry) ?? []
  if (wantedPort !== undefined && wantedPort !== port) return false
  const bare = name.replace(/^\[|\]$/g, '').replace(/^\*\./, '.')
  if (isIP(bare) !== 0 || isIP(host) !== 0) return bare === host
  return bare.startsWith('.') ? host.endsWith(bare) : host === bare || host.endsWith(`.${bare}`)
}

function isWithin(host: string, cidr: string): boolean {
  const [network = '', length = ''] = cidr.split('/')
  const family = isIP(network)
  if (isIP(host) === 0 || isIP(host) !== family || Number(length) > (family === 6 ? 128 : 32)) return false
  const list = new BlockList()
  list.addSubnet(network, Number(length), family === 6 ? 'ipv6' : 'ipv4')
  return list.check(host, family === 6 ? 'ipv6' : 'ipv4')
}
