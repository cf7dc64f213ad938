import { randomBytes } from 'node:crypto'
import type { NetworkOptions } from './network-options.ts'

export type NetworkId = string & { readonly brand: 'NetworkId' }

/** A network that containers can join. */
export interface Network {
  readonly id: NetworkId
  readonly name: string
  readonly driver: 'bridge' | 'host' | 'null'
  readonly createdAt: string
  /** Empty for networks without addresses of their own. */
  readonly subnet: string
  readonly gateway: string
  readonly options: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly isInternal: boolean
}

/** The host's own network, or the one with nothing in it. */
export function plainNetwork(name: 'host' | 'none'): Network {
  return { ...newNetwork(), name, driver: name === 'host' ? 'host' : 'null', subnet: '', gateway: '', options: {} }
}

/** The network `bridge` as the options want it; it stays the same one if it was there before. */
export function bridgeNetwork(before: Network | undefined, place: { gateway: string; subnet: string }, options: NetworkOptions): Network {
  return {
    ...newNetwork(),
    ...(before && { id: before.id, createdAt: before.createdAt }),
    name: 'bridge',
    driver: 'bridge',
    ...place,
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

function newNetwork(): Pick<Network, 'id' | 'createdAt' | 'labels' | 'isInternal'> {
  return { id: randomBytes(32).toString('hex') as NetworkId, createdAt: new Date().toISOString(), labels: {}, isInternal: false }
}
