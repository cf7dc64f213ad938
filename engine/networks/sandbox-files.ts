import { readFileSync } from 'node:fs'
import type { NetworkOptions } from './network-options.ts'
import type { SandboxRequest } from './sandbox.ts'
import { extendedHostsFile, hostsFile, resolvConf } from './text-files.ts'

/** What a container reads of its network. */
export interface SandboxFiles {
  readonly hostsFile: string
  readonly resolvConf: string
}

/**
 * The files of a container with a network of its own.
 * @param gateway the host, as containers of the default bridge see it
 * @param address of the container; undefined when it has none
 */
export function ownFiles(request: SandboxRequest, options: NetworkOptions, gateway: string, address: string | undefined): SandboxFiles {
  const { hostname, domainname, extraHosts } = request
  const names = [...(domainname ? [`${hostname}.${domainname}`] : []), hostname]
  const entries = address === undefined ? [] : [{ address, names }]
  return { hostsFile: hostsFile(entries, extraHosts, gateway), resolvConf: resolvConf(hostResolvConf(), dnsOf(request, options)) }
}

/** The files of a container in the host's network: the host's, whose servers on the loopback are there, too. */
export function hostFiles(request: SandboxRequest, options: NetworkOptions, gateway: string): SandboxFiles {
  const dns = dnsOf(request, options)
  const asksForOthers = Object.values(dns).some((list) => list.length > 0)
  return {
    hostsFile: extendedHostsFile(readFileSync('/etc/hosts', 'utf8'), request.extraHosts, gateway),
    resolvConf: asksForOthers ? resolvConf(hostResolvConf(), dns) : hostResolvConf(),
  }
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
