import { isIPv6 } from 'node:net'
import type { HostsEntry } from './sandbox.ts'

const HOST_GATEWAY = 'host-gateway'

/** `/etc/hosts` of a container. */
export function hostsFile(entries: readonly HostsEntry[], extraHosts: readonly string[], gateways: readonly string[]): string {
  const lines = [
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::\tip6-localnet',
    'ff00::\tip6-mcastprefix',
    'ff02::1\tip6-allnodes',
    'ff02::2\tip6-allrouters',
    ...extraHosts.flatMap((text) => extraHost(text, gateways)),
    ...entries.map(hostsLine),
  ]
  return `${lines.join('\n')}\n`
}

export function hostsLine({ address, names }: HostsEntry): string {
  return `${address}\t${names.join(' ')}`
}

/** `/etc/hosts` of a container in the host's own network. */
export function extendedHostsFile(host: string, extraHosts: readonly string[], gateways: readonly string[]): string {
  return `${host}${extraHosts.flatMap((text) => extraHost(text, gateways).map((line) => `${line}\n`)).join('')}`
}

/** `name:address` or `name=address`; `host-gateway` means the host as the container sees it, at all its addresses. */
function extraHost(text: string, gateways: readonly string[]): string[] {
  const address = text.slice(text.search(/[:=]/) + 1).replace(/^\[|\]$/g, '')
  const addresses = address === HOST_GATEWAY ? gateways : [address]
  return addresses.map((one) => `${one}\t${nameIn(text)}`)
}

/** What is added to a hosts file: what was asked for, and the names of the host, unless somebody has them for another. */
export function withHostNames(extraHosts: readonly string[], names: readonly string[]): readonly string[] {
  const taken = new Set(extraHosts.map(nameIn))
  return [...extraHosts, ...names.filter((name) => !taken.has(name)).map((name) => `${name}:${HOST_GATEWAY}`)]
}

/** Of `name:address` or `name=address`. */
function nameIn(text: string): string {
  return text.slice(0, text.search(/[:=]/))
}

/** Where containers on networks with names ask, as under docker. */
export const DNS_ADDRESS = '127.0.0.11'

export interface DnsSettings {
  readonly dns: readonly string[]
  readonly dnsSearch: readonly string[]
  readonly dnsOptions: readonly string[]
}

/** Servers for a host that has none a container could reach. */
const FALLBACK_SERVERS = ['8.8.8.8', '8.8.4.4']

/**
 * `/etc/resolv.conf` of a container: the host's, without servers on its loopback, or what was asked for.
 * @param hasNames whether our resolver answers it: it then asks nobody else, and without a domain first
 */
export function resolvConf(host: string, settings: DnsSettings, hasNames = false): string {
  const lines = linesOf(host)
  const valuesOf = (keyword: string) => valuesIn(lines, keyword)
  const reachable = valuesOf('nameserver').filter((server) => !server.startsWith('127.') && server !== '::1' && !isIPv6(server))
  const outside = settings.dns.length > 0 ? settings.dns : reachable.length > 0 ? reachable : FALLBACK_SERVERS
  const servers = hasNames ? [DNS_ADDRESS] : outside
  const asked = settings.dnsSearch.filter((domain) => domain !== '.')
  const search = settings.dnsSearch.length > 0 ? asked : (lines.findLast(([first]) => first === 'search')?.slice(1) ?? [])
  const chosen = settings.dnsOptions.length > 0 ? settings.dnsOptions : valuesOf('options')
  const options = hasNames && !chosen.some((option) => option.startsWith('ndots:')) ? [...chosen, 'ndots:0'] : chosen
  return [
    ...servers.map((server) => `nameserver ${server}`),
    ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
    '',
  ].join('\n')
}

/** The servers that a resolv.conf names. */
export function serversIn(text: string): string[] {
  return valuesIn(linesOf(text), 'nameserver')
}

function linesOf(text: string): string[][] {
  return text.split('\n').map((line) => line.trim().split(/\s+/))
}

function valuesIn(lines: readonly (readonly string[])[], keyword: string): string[] {
  return lines.filter(([first]) => first === keyword).flatMap(([, ...rest]) => rest)
}
