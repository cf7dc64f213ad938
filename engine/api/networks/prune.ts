import type { ContainerParts } from '../../containers/parts.ts'
import { EngineError } from '../../errors.ts'
import { isPredefined } from '../../networks/network.ts'
import type { ApiCall } from '../call.ts'

/** @see Engine API 1.51 NetworkPrune */
export async function pruneNetworks({ networks, events }: ContainerParts, call: ApiCall): Promise<void> {
  const filters = call.query.filters().allow('label', 'label!', 'until')
  const bound = filters.until()
  const removed: string[] = []
  for (const network of networks.store.all()) {
    if (isPredefined(network) || network.isConfigOnly || networks.isInUse(network) || !filters.matchesLabels(network.labels)) continue
    if (bound !== undefined && BigInt(new Date(network.createdAt).getTime()) * 1_000_000n >= bound) continue
    const hasGone = await networks.remove(network).then(() => true, unlessTakenMeanwhile)
    if (hasGone) removed.push(network.name)
  }
  events.publish('network', 'prune', '', { reclaimed: '0' })
  call.json(200, { NetworksDeleted: removed.length > 0 ? removed : null })
}

/** A container may have joined it, or somebody else removed it, since we looked. */
function unlessTakenMeanwhile(error: unknown): false {
  if (error instanceof EngineError && (error.kind === 'forbidden' || error.kind === 'not-found')) return false
  throw error
}
