import type { DefaultRoute } from '../linux/links.ts'
import type { IpVersion } from './addresses.ts'
import { settingsFor } from './container-names.ts'
import type { LiveNetwork } from './live-network.ts'
import { interfaceName } from './raise-link.ts'
import type { Endpoint, SandboxRequest } from './sandbox.ts'
import { isEnclosed, isRouted } from './sub-interface.ts'

/** A container's place in a network together with the network. */
export interface Place {
  readonly live: LiveNetwork
  readonly endpoint: Endpoint
}

/** Through which of its networks a container reaches everything else, of each IP version, and is reached by published ports. */
export interface GatewayPlaces {
  readonly ipv4: Place | undefined
  readonly ipv6: Place | undefined
}

/**
 * Of the places that lead outside, the one of the highest priority; then one that leads outside in both IP versions; of
 * those the first by name. The first that has both serves both.
 */
export function gatewayPlaces(places: readonly Place[], request: Pick<SandboxRequest, 'endpoints'>): GatewayPlaces {
  const priority = ({ live }: Place) => settingsFor(request, live.network).GwPriority ?? 0
  const sorted = places
    .filter(({ live }) => !isEnclosed(live.network))
    .sort((a, b) => priority(b) - priority(a) || waysOut(b).length - waysOut(a).length || (a.live.network.name < b.live.network.name ? -1 : 1))
  const both = sorted.find((place) => waysOut(place).length === 2)
  const first = (version: IpVersion) => both ?? sorted.find((place) => waysOut(place).includes(version))
  return { ipv4: first(4), ipv6: first(6) }
}

/** In which versions: by a gateway, or where none is needed. */
function waysOut({ live, endpoint }: Place): IpVersion[] {
  const isNear = isRouted(live.network)
  const has = (address: string, gateway: string) => (isNear ? address : gateway) !== ''
  return [...(has(endpoint.ipAddress, endpoint.gateway) ? [4 as const] : []), ...(has(endpoint.ipv6Address, endpoint.ipv6Gateway) ? [6 as const] : [])]
}

export function defaultRoutes({ ipv4, ipv6 }: GatewayPlaces): DefaultRoute[] {
  return [
    ...(ipv4 ? [{ version: 4 as const, interfaceName: interfaceName(ipv4.live, ipv4.endpoint), gateway: ipv4.endpoint.gateway }] : []),
    ...(ipv6 ? [{ version: 6 as const, interfaceName: interfaceName(ipv6.live, ipv6.endpoint), gateway: ipv6.endpoint.ipv6Gateway }] : []),
  ]
}
