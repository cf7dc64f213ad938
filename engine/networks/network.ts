import { randomBytes } from 'node:crypto'
import type { NetworkOptions } from './network-options.ts'

export type NetworkId = string & { readonly brand: 'NetworkId' }

export type Driver = 'bridge' | 'host' | 'null' | 'macvlan' | 'ipvlan'

/** The addresses of a network, of one IP version. */
export interface AddressPool {
  readonly subnet: string
  /** The host on the bridge; with macvlan, a router outside. Empty when there is none. */
  readonly gateway: string
  /** The part of the subnet from which containers get addresses; empty for all of it. */
  readonly ipRange: string
  /** What containers do not get, by a name for people. */
  readonly auxAddresses: Readonly<Record<string, string>>
}

/** A network that containers can join. */
export interface Network {
  readonly id: NetworkId
  readonly name: string
  readonly driver: Driver
  readonly createdAt: string
  /** IPv4 first; none for networks without addresses of their own. */
  readonly pools: readonly AddressPool[]
  /** Whether whoever made it named a subnet: only then containers may choose their addresses. */
  readonly hasChosenSubnet: boolean
  readonly options: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly isInternal: boolean
  readonly isAttachable: boolean
  readonly hasIPv6: boolean
  /** `--ipv4=false` */
  readonly lacksIPv4?: boolean
  /** No network, but what one is made from: `--config-only`. */
  readonly isConfigOnly?: boolean
  /** The name of the one that it is made from. */
  readonly configFrom?: string
}

const PREDEFINED = ['bridge', 'host', 'none']

export function isPredefined({ name }: Pick<Network, 'name'>): boolean {
  return PREDEFINED.includes(name)
}

/** The host's own network, or the one with nothing in it. */
export function plainNetwork(name: 'host' | 'none'): Network {
  return { ...newNetwork(), name, driver: name === 'host' ? 'host' : 'null' }
}

/** The network `bridge` as the options want it; it stays the same one if it was there before. */
export function bridgeNetwork(before: Network | undefined, place: { gateway: string; subnet: string }, options: NetworkOptions): Network {
  return {
    ...newNetwork(),
    ...(before && { id: before.id, createdAt: before.createdAt }),
    name: 'bridge',
    driver: 'bridge',
    pools: [{ ...place, ipRange: options.fixedCidr ?? '', auxAddresses: {} }],
    options: {
      'com.docker.network.bridge.default_bridge': 'true',
      'com.docker.network.bridge.enable_icc': String(options.icc),
      'com.docker.network.bridge.enable_ip_masquerade': String(options.ipMasq),
      'com.docker.network.bridge.host_binding_ipv4': options.ip,
      'com.docker.network.bridge.name': options.bridge,
      'com.docker.network.driver.mtu': String(options.mtu),
    },
  }
}

/** What every network begins as. */
export function newNetwork(): Omit<Network, 'name' | 'driver'> {
  return {
    id: randomBytes(32).toString('hex') as NetworkId,
    createdAt: new Date().toISOString(),
    pools: [],
    hasChosenSubnet: false,
    options: {},
    labels: {},
    isInternal: false,
    isAttachable: false,
    hasIPv6: false,
  }
}
