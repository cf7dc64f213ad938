import { EngineError } from '../errors.ts'
import { type DefaultRoute, ensureBridge, type InterfaceRequest, linkExists, removeLink, setSysctl } from '../linux/links.ts'
import { macFor, parseAddress } from './addresses.ts'
import { settingsFor } from './container-names.ts'
import { interfaceSysctls } from './endpoint-options.ts'
import { allowForwarding, withdrawForwarding } from './foreign-firewall.ts'
import type { KernelNames } from './kernel-names.ts'
import type { LiveNetwork } from './live-network.ts'
import type { NetworkOptions } from './network-options.ts'
import type { Endpoint, SandboxRequest } from './sandbox.ts'

/** Makes sure of the bridge of a network and the kernel's switches for it; a network without a bridge needs nothing. */
export async function raiseBridge(live: LiveNetwork, { ipForward }: Pick<NetworkOptions, 'ipForward'>): Promise<void> {
  if (!live.isBridge) return
  const { bridge, mtu } = live.options
  const gateway = parseAddress(live.poolOf(4)?.gateway ?? '')
  if (!gateway) throw new Error(`the network ${live.network.name} has no gateway`)
  await ensureBridge({ name: bridge, addresses: live.bridgeAddresses, mtu, macAddress: macFor(gateway) })
  if (ipForward) await setSysctl('net/ipv4/ip_forward', '1')
  if (ipForward && live.network.hasIPv6) await setSysctl('net/ipv6/conf/all/forwarding', '1')
  await setSysctl(`net/ipv4/conf/${bridge}/route_localnet`, '1')
  await allowForwarding(bridge)
}

/** Takes it away again. Idempotent. */
export async function lowerBridge(live: LiveNetwork): Promise<void> {
  if (!live.isBridge) return
  await withdrawForwarding(live.options.bridge)
  await removeLink(live.options.bridge)
}

/** @throws EngineError `forbidden` when the interface that a network would make, or needs, is not as it should be */
export function checkLinks({ network, options, isBridge }: LiveNetwork): void {
  const { parent } = network.options
  if (isBridge && linkExists(options.bridge))
    throw new EngineError('forbidden', `the network interface ${options.bridge} exists already: this engine makes the bridge itself`)
  if (!isBridge && !linkExists(parent ?? '')) throw new EngineError('forbidden', `the parent interface ${parent} was not found on this host`)
}

/** What a container's interface in a network is. */
export function interfaceFor({ live, endpoint }: Place, request: SandboxRequest, names: KernelNames): InterfaceRequest {
  const { network, options } = live
  const name = interfaceName(live, endpoint)
  return {
    name,
    attachment: live.isBridge
      ? { type: 'veth', hostLink: names.linkOf(request.containerId, endpoint.index), bridge: options.bridge, isIsolated: !options.allowsNeighbours }
      : subInterface(network.driver === 'ipvlan' ? 'ipvlan' : 'macvlan', network.options),
    mtu: options.mtu,
    macAddress: endpoint.macAddress,
    sysctls: interfaceSysctls(settingsFor(request, network).DriverOpts, name),
    addresses: [
      ...(endpoint.ipAddress === '' ? [] : [`${endpoint.ipAddress}/${endpoint.prefixLength}`]),
      ...(endpoint.ipv6Address === '' ? [] : [`${endpoint.ipv6Address}/${endpoint.ipv6PrefixLength}`]),
      ...endpoint.linkLocalAddresses.map((address) => `${address}/${address.includes(':') ? 64 : 16}`),
    ],
  }
}

export function interfaceName({ options }: LiveNetwork, endpoint: Endpoint): string {
  return endpoint.interfaceName ?? `${options.interfacePrefix}${endpoint.index}`
}

function subInterface(type: 'macvlan' | 'ipvlan', options: Readonly<Record<string, string>>) {
  return { type, parent: options.parent ?? '', mode: options[`${type}_mode`] || (type === 'macvlan' ? 'bridge' : 'l2') }
}

/** A container's place in a network together with the network. */
export interface Place {
  readonly live: LiveNetwork
  readonly endpoint: Endpoint
}

/**
 * Through which of its networks a container reaches everything else, and is reached by published ports: the one of the
 * highest priority, of those the first by name. Undefined when none leads outside.
 */
export function gatewayPlace(places: readonly Place[], request: SandboxRequest): Place | undefined {
  const priority = ({ live }: Place) => settingsFor(request, live.network).GwPriority ?? 0
  return places
    .filter(({ live, endpoint }) => !live.network.isInternal && endpoint.gateway !== '')
    .sort((a, b) => priority(b) - priority(a) || (a.live.network.name < b.live.network.name ? -1 : 1))[0]
}

export function routeThrough({ live, endpoint }: Place): DefaultRoute {
  return { interfaceName: interfaceName(live, endpoint), gateways: [endpoint.gateway, endpoint.ipv6Gateway] }
}
