import { EngineError } from '../errors.ts'
import { freeSubnet, uniqueLocalSubnet } from './address-pools.ts'
import { formatAddress, formatSubnet, type IpVersion, overlaps, parseAddress, parseCidr, type Subnet } from './addresses.ts'
import { checkIsolation, lacksGateway } from './bridge-options.ts'
import type { NetworkRequest } from './create-request.ts'
import { type AddressPool, type Network, newNetwork } from './network.ts'
import { hasGateway } from './sub-interface.ts'

/** What a new network must not collide with, and where it may find a subnet of its own. */
export interface NetworkNeighbours {
  readonly others: readonly Network[]
  /** Of the host: a subnet that we choose touches none of them. */
  readonly routes: readonly Subnet[]
  /** As `--default-address-pool` says; empty for docker's. */
  readonly pools: readonly string[]
}

/**
 * The network that was asked for, with an id, and with the addresses that were left to us.
 * @throws EngineError `forbidden` when it overlaps with another, or has too many subnets, `invalid` when there is no subnet left
 */
export function completeNetwork(request: NetworkRequest, { others, routes, pools }: NetworkNeighbours): Network {
  const fresh = newNetwork()
  if (request.isConfigOnly) return { ...fresh, ...request }
  if (request.driver === 'bridge') checkIsolation(request.options, request.isInternal)
  if (request.lacksIPv4 && !request.hasIPv6) throw new EngineError('invalid', 'IPv4 or IPv6 must be enabled')
  const theirs = others.filter(({ isConfigOnly }) => !isConfigOnly).flatMap((other) => other.pools.map(subnetOf))
  const ofVersion = (version: IpVersion) => request.pools.filter((pool) => subnetOf(pool).version === version)
  if (request.driver === 'bridge' && ([4, 6] as const).some((version) => ofVersion(version).length > 1))
    throw new EngineError('forbidden', "bridge driver doesn't support multiple subnets")
  const taken = [...theirs]
  for (const chosen of request.pools.map(subnetOf)) {
    if (taken.some((other) => overlaps(other, chosen)))
      throw new EngineError('forbidden', 'invalid pool request: Pool overlaps with other one on this address space')
    taken.push(chosen)
  }
  const chosenOr = (version: IpVersion, subnet: () => string) => (ofVersion(version).length > 0 ? ofVersion(version) : [poolWithin(subnet())])
  const v4 = request.lacksIPv4 ? [] : chosenOr(4, () => formatSubnet(freeSubnet(pools, [...taken, ...routes])))
  const v6 = request.hasIPv6 ? chosenOr(6, () => uniqueLocalSubnet(fresh.id)) : []
  const needsGateway = (version: IpVersion) => (request.driver === 'bridge' ? !lacksGateway(request, version) : hasGateway(request))
  const completed = [...v4, ...v6].map((pool) => (needsGateway(subnetOf(pool).version) ? withGateway(pool) : pool))
  return { ...fresh, ...request, pools: completed, hasChosenSubnet: request.pools.length > 0 }
}

function poolWithin(subnet: string): AddressPool {
  return { subnet, gateway: '', ipRange: '', auxAddresses: {} }
}

/** The first address that nobody else was promised; of the range, if there is one. */
function withGateway(pool: AddressPool): AddressPool {
  if (pool.gateway !== '') return pool
  const subnet = subnetOf(pool)
  const range = parseCidr(pool.ipRange)?.subnet
  const promised = Object.values(pool.auxAddresses).map((text) => parseAddress(text)?.value)
  let value = range && range.base > subnet.base ? range.base : subnet.base + 1n
  while (promised.includes(value)) value += 1n
  return { ...pool, gateway: formatAddress({ version: subnet.version, value }) }
}

function subnetOf({ subnet: text }: AddressPool): Subnet {
  const subnet = parseCidr(text)?.subnet
  if (!subnet) throw new Error(`no subnet: ${text}`)
  return subnet
}
