import { EngineError } from '../errors.ts'
import { ensureBridge, type InterfaceRequest, linkExists, removeLink, setSysctl } from '../linux/links.ts'
import { macFor, parseAddress } from './addresses.ts'
import { settingsFor } from './container-names.ts'
import { interfaceSysctls } from './endpoint-options.ts'
import { allowForwarding, withdrawForwarding } from './foreign-firewall.ts'
import type { Place } from './gateway-places.ts'
import type { KernelNames } from './kernel-names.ts'
import type { LiveNetwork } from './live-network.ts'
import type { Network } from './network.ts'
import type { NetworkOptions } from './network-options.ts'
import { checkParent, lowerParent, raiseParent } from './parent-link.ts'
import type { Endpoint, SandboxRequest } from './sandbox.ts'
import { subInterfaceOf } from './sub-interface.ts'

/** Makes sure of the interface of the host's that a network has: a bridge, or what its containers' interfaces stand on. */
export async function raiseLink(live: LiveNetwork, options: Pick<NetworkOptions, 'ipForward'>, names: KernelNames): Promise<void> {
  await (live.isBridge ? raiseBridge(live, options) : raiseParent(live, names))
}

/** Takes away again what was ours of it. Idempotent. @param others all networks that there are */
export async function lowerLink(live: LiveNetwork, others: readonly Network[], names: KernelNames): Promise<void> {
  await (live.isBridge ? lowerBridge(live) : lowerParent(live.network, others, names))
}

/** Makes sure of a bridge and the kernel's switches for it. */
export async function raiseBridge(live: LiveNetwork, options: Pick<NetworkOptions, 'ipForward'>): Promise<void> {
  const { bridge, mtu, gatewayModes } = live.options
  await switchForwardingOn(live, options)
  const isNew = await ensureBridge({
    name: bridge,
    addresses: live.bridgeAddresses,
    mtu,
    macAddress: macFor(parseAddress(live.poolOf(4)?.gateway ?? '')),
    sysctls: live.network.hasIPv6
      ? [
          // Its link-local address is of use at once: while it is checked for duplicates, nothing is forwarded to containers that are new.
          { path: `net/ipv6/conf/${bridge}/accept_dad`, value: '0' },
          { path: `net/ipv6/conf/${bridge}/disable_ipv6`, value: gatewayModes[6] === 'isolated' ? '1' : '0' },
        ]
      : [],
  })
  await setSysctl(`net/ipv4/conf/${bridge}/route_localnet`, '1')
  for (const family of live.families) await allowForwarding(family, bridge, { isNew })
}

/** Lets the kernel pass on what comes from a network, unless that is somebody else's business. */
export async function switchForwardingOn({ network }: LiveNetwork, { ipForward }: Pick<NetworkOptions, 'ipForward'>): Promise<void> {
  if (!ipForward) return
  for (const path of ['net/ipv4/ip_forward', ...(network.hasIPv6 ? ['net/ipv6/conf/all/forwarding'] : [])]) await setSysctl(path, '1')
}

async function lowerBridge({ families, options }: LiveNetwork): Promise<void> {
  for (const family of families) await withdrawForwarding(family, options.bridge)
  await removeLink(options.bridge)
}

/**
 * Refuses a network whose interface is not as it should be.
 * @param others all networks that there are
 * @throws EngineError with docker's words
 */
export function checkLinks({ network, options, isBridge }: LiveNetwork, others: readonly Network[]): void {
  if (!isBridge) return checkParent(network, others)
  if (linkExists(options.bridge))
    throw new EngineError('forbidden', `the network interface ${options.bridge} exists already: this engine makes the bridge itself`)
}

/** What a container's interface in a network is. */
export function interfaceFor(place: Place, request: Pick<SandboxRequest, 'containerId' | 'endpoints'>, names: KernelNames): InterfaceRequest {
  const { network, options } = place.live
  const { endpoint } = place
  const attached = attachedInterface(place, request.containerId, names)
  return {
    ...attached,
    mtu: options.mtu,
    macAddress: endpoint.macAddress,
    sysctls: interfaceSysctls(settingsFor(request, network).DriverOpts, attached.name),
    addresses: [
      ...(endpoint.ipAddress === '' ? [] : [`${endpoint.ipAddress}/${endpoint.prefixLength}`]),
      ...(endpoint.ipv6Address === '' ? [] : [`${endpoint.ipv6Address}/${endpoint.ipv6PrefixLength}`]),
      ...endpoint.linkLocalAddresses.map((address) => `${address}/${address.includes(':') ? 64 : 16}`),
    ],
  }
}

/** What it is called in the container, and by what it is attached to the network. */
export function attachedInterface({ live, endpoint }: Place, containerId: string, names: KernelNames): Pick<InterfaceRequest, 'name' | 'attachment'> {
  const { network, options } = live
  const hostLink = names.linkOf(containerId, endpoint.index)
  return {
    name: interfaceName(live, endpoint),
    attachment: live.isBridge ? { type: 'veth', hostLink, bridge: options.bridge, isIsolated: !options.allowsNeighbours } : subInterfaceOf(network),
  }
}

export function interfaceName({ options }: LiveNetwork, endpoint: Endpoint): string {
  return endpoint.interfaceName ?? `${options.interfacePrefix}${endpoint.index}`
}
