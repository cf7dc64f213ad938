import type { GatewayPlaces } from './gateway-places.ts'
import type { LiveNetwork } from './live-network.ts'

/** An address of a container that ports are led to. */
export interface PortTarget {
  readonly address: string
  /** Whether it is reached at that address, with no port of the host in between. */
  readonly isRouted: boolean
  /** Whether it is reached there, too, from interfaces that the network trusts. */
  readonly isTrusting: boolean
  /** For ports that name no host address; empty, or 0.0.0.0, stands for 0.0.0.0 and [::] together. */
  readonly defaultHostIp: string
}

/** Where the ports of a container are led to, of each IP version; undefined where nothing outside reaches it. */
export interface PortTargets {
  readonly ipv4: PortTarget | undefined
  readonly ipv6: PortTarget | undefined
}

/** Only a bridge has ports of the host: with other drivers, a container has all of an address of its own. */
export function portTargets({ ipv4, ipv6 }: GatewayPlaces): PortTargets {
  const targetIn = (live: LiveNetwork, version: 4 | 6, address: string) => ({
    address,
    isRouted: live.options.gatewayModes[version] === 'routed',
    isTrusting: live.options.gatewayModes[version] === 'nat' && live.options.trustedInterfaces.length > 0,
    defaultHostIp: live.options.hostBinding,
  })
  return {
    ipv4: ipv4?.live.isBridge ? targetIn(ipv4.live, 4, ipv4.endpoint.ipAddress) : undefined,
    ipv6: ipv6?.live.isBridge ? targetIn(ipv6.live, 6, ipv6.endpoint.ipv6Address) : undefined,
  }
}

/** A host address for a port, and where it leads. */
export interface PortBindingTarget {
  readonly hostIp: string
  readonly target: string
  readonly isRouted: boolean
  readonly isTrusting: boolean
}

/**
 * On which addresses of the host a port is to be published, as docker does: one of each IP version for no address, none for
 * a version that the container has not. What is asked of the host in IPv6 may go to a container that has IPv4 only.
 * @param asked the host address that was asked for, or empty
 */
export function bindingsOf(asked: string, { ipv4, ipv6 }: PortTargets): PortBindingTarget[] {
  const behind6 = ipv6 ?? (ipv4 && { ...ipv4, isRouted: false })
  const v4 = ipv4 && hostIpOf(4, asked, ipv4)
  const v6 = behind6 && hostIpOf(6, asked, behind6)
  const bindingTo = (hostIp: string, { address, isRouted, isTrusting }: PortTarget) => ({ hostIp, target: address, isRouted, isTrusting })
  return [...(ipv4 && v4 !== undefined ? [bindingTo(v4, ipv4)] : []), ...(behind6 && v6 !== undefined ? [bindingTo(v6, behind6)] : [])]
}

function hostIpOf(version: 4 | 6, asked: string, { defaultHostIp, isRouted }: PortTarget): string | undefined {
  const any = version === 4 ? '0.0.0.0' : '::'
  const wanted = asked || (defaultHostIp === '' || defaultHostIp === '0.0.0.0' ? any : defaultHostIp)
  if (wanted.includes(':') !== (version === 6)) return undefined
  return isRouted ? any : wanted
}

/** Where what comes to a host address is led now; empty when it is led nowhere. */
export function targetAddress(hostIp: string, { ipv4, ipv6 }: PortTargets): string {
  return (hostIp.includes(':') ? (ipv6 ?? ipv4) : ipv4)?.address ?? ''
}

/** Whether ports that were published for one are right for the other, but for their address. */
export function haveSameShape(one: PortTargets, other: PortTargets): boolean {
  const shape = ({ ipv4, ipv6 }: PortTargets) =>
    [ipv4, ipv6].map((target) => target && `${target.isRouted} ${target.isTrusting} ${target.defaultHostIp}`).join()
  return shape(one) === shape(other)
}
