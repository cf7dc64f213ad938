import type { ContainerParts } from '../../containers/parts.ts'
import type { AddressPool, Network } from '../../networks/network.ts'
import { goTime } from '../times.ts'

/** @see Engine API 1.51 Network */
export function networkView(network: Network) {
  return {
    Name: network.name,
    Id: network.id,
    Created: goTime(network.createdAt),
    Scope: 'local',
    Driver: network.driver,
    EnableIPv4: !network.lacksIPv4,
    EnableIPv6: network.hasIPv6,
    IPAM: { Driver: 'default', Options: null, Config: network.pools.map(poolView) },
    Internal: network.isInternal,
    Attachable: network.isAttachable,
    Ingress: false,
    ConfigFrom: { Network: network.configFrom ?? '' },
    ConfigOnly: network.isConfigOnly ?? false,
    Containers: {},
    Options: network.options,
    Labels: network.labels,
  }
}

function poolView({ subnet, gateway, ipRange, auxAddresses }: AddressPool) {
  return {
    Subnet: subnet,
    ...(ipRange !== '' && { IPRange: ipRange }),
    ...(gateway !== '' && { Gateway: gateway }),
    ...(Object.keys(auxAddresses).length > 0 && { AuxiliaryAddresses: auxAddresses }),
  }
}

/** The running containers in a network. */
export function membersView({ networks, store }: ContainerParts, network: Network) {
  return Object.fromEntries(
    networks.membersOf(network).map(({ containerId, endpoint }) => [
      containerId,
      {
        Name: store.find(containerId)?.name ?? '',
        EndpointID: endpoint.endpointId,
        MacAddress: endpoint.macAddress,
        IPv4Address: withLength(endpoint.ipAddress, endpoint.prefixLength),
        IPv6Address: withLength(endpoint.ipv6Address, endpoint.ipv6PrefixLength),
      },
    ]),
  )
}

function withLength(address: string, length: number): string {
  return address === '' ? '' : `${address}/${length}`
}
