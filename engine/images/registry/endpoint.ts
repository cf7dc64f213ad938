import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { isLoopback } from '../../linux/loopback.ts'
import type { RegistrySettings } from '../images.ts'

/** A server that may have a repository, and how far it is to be trusted. */
export interface Endpoint {
  /** With port, as in a URL. */
  readonly host: string
  /** Plain HTTP and any certificate will do. */
  readonly isInsecure: boolean
  /** Set when only one will do. */
  readonly scheme: 'https' | 'http' | undefined
}

const HUB = 'registry-1.docker.io'
const HUB_INDEX = 'index.docker.io'

/** The addresses of a name; none when it has none. */
export type Resolve = (name: string) => Promise<readonly string[]>

/** The registry of a domain. */
export function registryOf(domain: string, settings: RegistrySettings, resolve = addressesOf): Promise<Endpoint> {
  return endpointOf(domain, HUB, settings, resolve)
}

/** Who answers searches for a domain: Docker Hub has another server for it. */
export function searchEndpoint(domain: string, settings: RegistrySettings, resolve = addressesOf): Promise<Endpoint> {
  return endpointOf(domain, HUB_INDEX, settings, resolve)
}

async function endpointOf(domain: string, hubHost: string, settings: RegistrySettings, resolve: Resolve): Promise<Endpoint> {
  const isHub = domain === 'docker.io' || domain === HUB_INDEX
  if (isHub && settings.hub !== undefined) return endpointAt(settings.hub, settings, resolve)
  if (isHub) return { host: hubHost, isInsecure: false, scheme: undefined }
  return { host: domain, isInsecure: await isInsecure(domain, settings, resolve), scheme: undefined }
}

/** Where to pull from, in order: mirrors have Docker Hub's images only. */
export async function pullEndpoints(domain: string, settings: RegistrySettings, resolve = addressesOf): Promise<Endpoint[]> {
  const mirrors = domain !== 'docker.io' ? [] : await Promise.all(settings.mirrors.map((text) => endpointAt(text, settings, resolve)))
  return [...mirrors, await registryOf(domain, settings, resolve)]
}

async function endpointAt(text: string, settings: RegistrySettings, resolve: Resolve): Promise<Endpoint> {
  const { host, protocol } = new URL(text)
  if (protocol === 'http:') return { host, isInsecure: true, scheme: 'http' }
  return { host, isInsecure: await isInsecure(host, settings, resolve), scheme: 'https' }
}

/** Whether a registry is on this machine, by its name alone. @param host with or without a port, as in a URL */
export function isOnThisMachine(host: string): boolean {
  return isLoopback(withoutPort(host))
}

/** Plain HTTP only for the loopback and for what `--insecure-registry` names; a name counts as its addresses do, as with dockerd. */
async function isInsecure(domain: string, settings: RegistrySettings, resolve: Resolve): Promise<boolean> {
  const host = withoutPort(domain)
  if (settings.insecureHosts.includes(domain) || settings.insecureHosts.includes(host) || isLoopback(host)) return true
  const addresses = isIP(host) === 0 ? await resolve(host) : [host]
  return addresses.some((address) => isLoopback(address) || isWithin(address, settings.insecureCidrs))
}

/** A name that nobody can resolve now has none: whoever connects will say so. */
async function addressesOf(name: string): Promise<readonly string[]> {
  const found = await lookup(name, { all: true }).catch(() => [])
  return found.map(({ address }) => address)
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
}

function isWithin(host: string, cidrs: readonly string[]): boolean {
  if (isIP(host) === 0) return false
  const block = new BlockList()
  for (const cidr of cidrs) {
    const [network = '', length = ''] = cidr.split('/')
    block.addSubnet(network, Number(length), isIP(network) === 6 ? 'ipv6' : 'ipv4')
  }
  return block.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}
