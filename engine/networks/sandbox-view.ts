import { netnsPath } from '../linux/links.ts'
import type { Connected } from './connected-containers.ts'
import { dnsNames } from './container-names.ts'
import type { Place } from './gateway-places.ts'
import type { KernelNames } from './kernel-names.ts'
import type { LiveNetwork } from './live-network.ts'
import { isPredefined, type Network } from './network.ts'
import type { NetworkOptions } from './network-options.ts'
import { portMapOf } from './ports.ts'
import type { Sandbox, SandboxRequest } from './sandbox.ts'
import { hostFiles, ownFiles, type SandboxFiles } from './sandbox-files.ts'
import { DNS_ADDRESS } from './text-files.ts'

/** What one needs to know to see containers in their networks. */
export interface Surroundings {
  readonly names: KernelNames
  readonly options: NetworkOptions
  /** By id. */
  network(id: string): Network | undefined
  live(id: string): LiveNetwork | undefined
}

/** A container's places in networks that have interfaces. */
export function placesOf({ record }: Connected, surroundings: Surroundings): Place[] {
  return record.endpoints.flatMap((endpoint) => {
    const live = surroundings.live(endpoint.networkId)
    return live ? [{ live, endpoint }] : []
  })
}

/** Where a container's questions for names are answered. */
export interface Resolver {
  readonly address: string
  /** In its own namespace: none of its networks has a gateway that is the host. */
  readonly isInside: boolean
}

/** At the gateway of a bridge that a user made; inside when there is none in IPv4, but another network of a user's; undefined otherwise. */
export function resolverOf(connected: Connected, surroundings: Surroundings): Resolver | undefined {
  const named = placesOf(connected, surroundings).filter(({ live }) => !isPredefined(live.network))
  const [gateway] = named.flatMap(({ live }) => live.resolverAddress ?? [])
  if (gateway !== undefined) return { address: gateway, isInside: false }
  return named.length > 0 ? { address: DNS_ADDRESS, isInside: true } : undefined
}

/** A running container's view of the network, as it is now. */
export function sandboxView(connected: Connected, surroundings: Surroundings): Sandbox {
  const { request, record } = connected
  const networks = record.endpoints.flatMap((endpoint) => {
    const network = surroundings.network(endpoint.networkId)
    return network ? [{ network, endpoint }] : []
  })
  const driver = networks[0]?.network.driver ?? 'bridge'
  return {
    sandboxId: record.sandboxId,
    network: namespaceOf(driver, request, surroundings),
    endpoints: new Map(networks.map(({ network, endpoint }) => [network.name, { ...endpoint, dnsNames: dnsNames(request, network) }])),
    ports: driver === 'host' || driver === 'null' ? {} : portMapOf(record.published, request.exposedPorts),
  }
}

function namespaceOf(driver: Network['driver'], { containerId }: SandboxRequest, { names }: Surroundings): Sandbox['network'] {
  if (driver === 'host') return { kind: 'host' }
  return driver === 'null' ? { kind: 'own' } : { kind: 'path', path: netnsPath(names.netnsOf(containerId)) }
}

/** What a running container reads of its networks. */
export function filesView(connected: Connected, surroundings: Surroundings): SandboxFiles {
  const { request, record } = connected
  const { options } = surroundings
  const gateways = hostGateways(surroundings)
  if (surroundings.network(record.endpoints[0]?.networkId ?? '')?.driver === 'host') return hostFiles(request, options, gateways)
  return ownFiles(request, options, gateways, { endpoints: record.endpoints, hasNames: resolverOf(connected, surroundings) !== undefined })
}

/** The host, as containers call it by `host-gateway`: as the daemon was told, or its address on the default bridge. */
export function hostGateways({ network, options }: Pick<Surroundings, 'network' | 'options'>): readonly string[] {
  if (options.hostGatewayIps.length > 0) return options.hostGatewayIps
  const gateway = network('bridge')?.pools[0]?.gateway
  return gateway === undefined ? [] : [gateway]
}
