import { EngineError } from '../../errors.ts'
import type { Network } from '../../networks/network.ts'
import type { Networks } from '../../networks/networks.ts'
import type { ApiCall } from '../call.ts'
import type { Route } from '../router.ts'
import { goTime } from '../times.ts'

/** How networks name the containers in them. */
export interface ContainerNames {
  nameOf(containerId: string): string
}

/** @see Engine API 1.51, "Network" */
export function networkRoutes(networks: Networks, names: ContainerNames): Route[] {
  const notYet = (what: string) => () => {
    throw new EngineError('not-implemented', `${what} is not implemented yet by this engine`)
  }
  return [
    { method: 'GET', path: '/networks/?', handler: (call) => list(networks, call) },
    { method: 'POST', path: '/networks/create', handler: notYet('network create') },
    { method: 'POST', path: '/networks/prune', handler: (call) => call.json(200, { NetworksDeleted: null }) },
    { method: 'POST', path: '/networks/{id}/connect', handler: notYet('network connect') },
    { method: 'POST', path: '/networks/{id}/disconnect', handler: notYet('network disconnect') },
    {
      method: 'GET',
      path: '/networks/{id}',
      handler(call) {
        const network = networks.store.get(call.param('id'))
        call.json(200, { ...networkView(network), Containers: membersView(networks, names, network) })
      },
    },
    {
      method: 'DELETE',
      path: '/networks/{id}',
      handler(call) {
        const { name } = networks.store.get(call.param('id'))
        throw new EngineError('forbidden', `${name} is a pre-defined network and cannot be removed`)
      },
    },
  ]
}

function list(networks: Networks, call: ApiCall): void {
  const filters = call.query.filters().allow('dangling', 'driver', 'id', 'label', 'name', 'scope', 'type')
  const chosen = networks.store
    .all()
    .filter(
      (network) =>
        filters.matchesExactly('driver', network.driver) &&
        filters.matchesPattern('name', network.name) &&
        filters.matchesPattern('id', network.id) &&
        filters.matchesLabels(network.labels) &&
        filters.matchesExactly('scope', 'local') &&
        filters.matchesExactly('type', 'builtin') &&
        filters.flag('dangling') !== true,
    )
  call.json(200, chosen.map(networkView))
}

/** @see Engine API 1.51 Network */
function networkView(network: Network) {
  return {
    Name: network.name,
    Id: network.id,
    Created: goTime(network.createdAt),
    Scope: 'local',
    Driver: network.driver,
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: { Driver: 'default', Options: null, Config: network.subnet === '' ? [] : [{ Subnet: network.subnet, Gateway: network.gateway }] },
    Internal: network.isInternal,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: {},
    Options: network.options,
    Labels: network.labels,
  }
}

function membersView(networks: Networks, names: ContainerNames, network: Network) {
  return Object.fromEntries(
    networks.membersOf(network).map(({ containerId, endpoint }) => [
      containerId,
      {
        Name: names.nameOf(containerId),
        EndpointID: endpoint.endpointId,
        MacAddress: endpoint.macAddress,
        IPv4Address: endpoint.ipAddress === '' ? '' : `${endpoint.ipAddress}/${endpoint.prefixLength}`,
        IPv6Address: '',
      },
    ]),
  )
}
