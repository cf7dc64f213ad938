import type { ContainerParts } from '../../containers/parts.ts'
import { EngineError } from '../../errors.ts'
import { isPredefined, type Network } from '../../networks/network.ts'
import type { ApiCall } from '../call.ts'
import type { Filters } from '../query.ts'
import { membersView, networkView } from './views.ts'

/** @see Engine API 1.51 NetworkList */
export function listNetworks(parts: ContainerParts, call: ApiCall): void {
  const filters = call.query.filters().allow('dangling', 'driver', 'id', 'label', 'name', 'scope', 'type')
  checkTypes(filters)
  const isDangling = filters.flag('dangling')
  const chosen = parts.networks.store.all().filter((network) => fits(network, filters) && (isDangling === undefined || isDangling === isUnused(parts, network)))
  // Newer clients ask for the containers of one network.
  const withMembers = !call.version.atLeast('1.28')
  call.json(
    200,
    chosen.map((network) => ({ ...networkView(network), ...(withMembers && { Containers: membersView(parts, network) }) })),
  )
}

function fits(network: Network, filters: Filters): boolean {
  return (
    filters.matchesExactly('driver', network.driver) &&
    filters.matchesPattern('name', network.name) &&
    filters.matchesPattern('id', network.id) &&
    filters.matchesLabels(network.labels) &&
    filters.matchesExactly('scope', 'local') &&
    filters.matchesExactly('type', isPredefined(network) ? 'builtin' : 'custom')
  )
}

function checkTypes(filters: Filters): void {
  const unknown = filters.get('type').find((type) => type !== 'builtin' && type !== 'custom')
  if (unknown !== undefined) throw new EngineError('invalid', `invalid filter: 'type'='${unknown}'`)
}

/** A network that a user made and that no container is in. */
function isUnused({ networks }: ContainerParts, network: Network): boolean {
  return !isPredefined(network) && !networks.isInUse(network)
}
