import { BlockList, isIP } from 'node:net'
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

/** The registry of a domain. */
export function registryOf(domain: string, settings: RegistrySettings): Endpoint {
  return endpointOf(domain, HUB, settings)
}

/** Who answers searches for a domain: Docker Hub has another server for it. */
export function searchEndpoint(domain: string, settings: RegistrySettings): Endpoint {
  return endpointOf(domain, HUB_INDEX, settings)
}

function endpointOf(domain: string, hubHost: string, settings: RegistrySettings): Endpoint {
  const isHub = domain === 'docker.io' || domain === HUB_INDEX
  if (isHub && settings.hub !== undefined) return endpointAt(settings.hub, settings)
  const host = isHub ? hubHost : domain
  return { host, isInsecure: isInsecure(host, settings), scheme: undefined }
}

/** Where to pull from, in order: mirrors have Docker Hub's images only. */
export function pullEndpoints(domain: string, settings: RegistrySettings): Endpoint[] {
  const mirrors = domain !== 'docker.io' ? [] : settings.mirrors.map((text) => endpointAt(text, settings))
  return [...mirrors, registryOf(domain, settings)]
}

function endpointAt(text: string, settings: RegistrySettings): Endpoint {
  const url = new URL(text)
  return { host: url.host, isInsecure: url.protocol === 'http:' || isInsecure(url.host, settings), scheme: url.protocol === 'http:' ? 'http' : 'https' }
}

/** Whether a registry is on this machine, by its name alone. @param host with or without a port, as in a URL */
export function isLoopback(host: string): boolean {
  const bare = withoutPort(host)
  return bare === 'localhost' || isWithin(bare, ['127.0.0.0/8', '::1/128'])
}

/** Plain HTTP only for the loopback and for what `--insecure-registry` names. */
function isInsecure(domain: string, settings: RegistrySettings): boolean {
  const host = withoutPort(domain)
  const isNamed = settings.insecureHosts.includes(domain) || settings.insecureHosts.includes(host)
  return isNamed || isLoopback(domain) || isWithin(host, settings.insecureCidrs)
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
