import { readFileSync } from 'node:fs'
import type { NetworkOptions } from './network-options.ts'
import type { Endpoint, HostsEntry, SandboxRequest } from './sandbox.ts'
import { extendedHostsFile, hostsFile, resolvConf, serversIn, withHostNames } from './text-files.ts'

/** What a container reads of its network. */
export interface SandboxFiles {
  readonly hostsFile: string
  readonly resolvConf: string
}

/**
 * The files of a container with a network of its own.
 * @param gateways what `host-gateway` means to containers
 * @param hasNames whether our resolver answers it
 */
export function ownFiles(
  request: SandboxRequest,
  options: NetworkOptions,
  gateways: readonly string[],
  place: { readonly endpoints: readonly Endpoint[]; readonly hasNames: boolean },
): SandboxFiles {
  const entries = [...request.linkedHosts, ...place.endpoints.flatMap((endpoint) => ownEntries(request, endpoint))]
  return {
    hostsFile: hostsFile(entries, withHostNames(request.extraHosts, options.namesOfVmHost), gateways),
    resolvConf: resolvConf(hostResolvConf(), dnsOf(request, options), place.hasNames),
  }
}

/** A container's own lines in its hosts file, for one of its networks. */
export function ownEntries({ hostname, domainname }: SandboxRequest, { ipAddress, ipv6Address }: Endpoint): HostsEntry[] {
  const names = [...(domainname ? [`${hostname}.${domainname}`] : []), hostname]
  return [ipAddress, ipv6Address].filter((address) => address !== '').map((address) => ({ address, names }))
}

/** The files of a container in the host's network: the host's, whose servers on the loopback are there, too. */
export function hostFiles(request: SandboxRequest, options: NetworkOptions, gateways: readonly string[]): SandboxFiles {
  const dns = dnsOf(request, options)
  const asksForOthers = Object.values(dns).some((list) => list.length > 0)
  return {
    hostsFile: extendedHostsFile(readFileSync('/etc/hosts', 'utf8'), withHostNames(request.extraHosts, options.namesOfVmHost), gateways),
    resolvConf: asksForOthers ? resolvConf(hostResolvConf(), dns) : hostResolvConf(),
  }
}

/** Whom our resolver asks for a container when it does not know: who was asked for, or the host's servers as they are now. */
export function upstreamServers(request: SandboxRequest, options: NetworkOptions): string[] {
  const { dns } = dnsOf(request, options)
  return dns.length > 0 ? [...dns] : serversIn(hostResolvConf())
}

/** What the client asked for, and where it asked for nothing, what the daemon was told. */
function dnsOf(request: SandboxRequest, options: NetworkOptions) {
  const pick = (own: readonly string[], daemon: readonly string[]) => (own.length > 0 ? own : daemon)
  return {
    dns: pick(request.dns, options.dns),
    dnsSearch: pick(request.dnsSearch, options.dnsSearch),
    dnsOptions: pick(request.dnsOptions, options.dnsOptions),
  }
}

function hostResolvConf(): string {
  return readFileSync('/etc/resolv.conf', 'utf8')
}
