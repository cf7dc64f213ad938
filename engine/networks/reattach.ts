import { messageOf } from '../errors.ts'
import { applyRuleset } from '../linux/nft.ts'
import type { Log } from '../log.ts'
import type { ConnectedContainers } from './connected-containers.ts'
import type { Connections } from './connections.ts'
import type { KernelNames } from './kernel-names.ts'
import type { LiveNetwork } from './live-network.ts'
import type { LiveNetworks } from './live-networks.ts'
import type { NetworkStore } from './network-store.ts'
import { rulesetText } from './ruleset.ts'
import type { SandboxRequest } from './sandbox.ts'
import { removeStrays } from './strays.ts'
import { parentOf, subInterfaceDriver } from './sub-interface.ts'

interface Parts {
  readonly store: NetworkStore
  readonly live: LiveNetworks
  readonly containers: ConnectedContainers
  readonly connections: Connections
  readonly names: KernelNames
  readonly log: Log
}

/** A network that a container asked for and cannot have. */
export interface Refused {
  readonly containerId: string
  readonly network: string
}

/**
 * The daemon is back: takes over the places of containers that still run, finishes or undoes what was cut off, and
 * removes what belongs to nobody.
 * @param running requests of the containers that run
 */
export async function reattach(parts: Parts, running: readonly SandboxRequest[]): Promise<Refused[]> {
  const { containers, connections, names, live } = parts
  const records = containers.stored()
  for (const request of running) {
    const record = records.get(request.containerId)
    if (record) await connections.resume(request, record)
  }
  const ids = running.map(({ containerId }) => containerId)
  for (const containerId of records.keys()) if (!ids.includes(containerId)) containers.forget(containerId)
  await removeUnknown(parts, ids)
  const published = containers.all().flatMap(({ record }) => record.published)
  await applyRuleset(rulesetText(names.table, live.rules, published))
  return (await Promise.all(running.map((request) => settle(parts, request)))).flat()
}

/** Makes a container's places what it asked for: a connect or disconnect may have been cut off. */
async function settle({ store, live, containers, connections, log }: Parts, request: SandboxRequest): Promise<Refused[]> {
  const { containerId } = request
  const refused: Refused[] = []
  if (!containers.get(containerId)) return refused
  const wanted = new Map<string, string>(Object.keys(request.endpoints).map((asked) => [store.find(asked)?.id ?? '', asked]))
  const endpoints = containers.get(containerId)?.record.endpoints ?? []
  const complain = (what: string) => (error: unknown) => log.warn(what, { container: containerId, error: messageOf(error) })
  for (const endpoint of endpoints.filter(({ networkId }) => !wanted.has(networkId)))
    await connections.unplug(request, endpoint).catch(complain('a disconnect that was cut off could not be finished'))
  for (const endpoint of endpoints.filter(({ networkId, isPlugged }) => wanted.has(networkId) && !isPlugged)) {
    await connections.replug(containerId, endpoint).catch(async (error: unknown) => {
      complain('a connect that was cut off could not be finished')(error)
      refused.push({ containerId, network: wanted.get(endpoint.networkId) ?? '' })
      await connections.unplug(request, endpoint).catch(complain('a connect that was cut off could not be undone'))
    })
  }
  for (const [id, asked] of wanted) {
    if (endpoints.some(({ networkId }) => networkId === id)) continue
    const network = live.get(id)
    const isConnected = network && (await connections.connect(request, network).then(() => true, complain('a connect that was cut off could not be finished')))
    if (isConnected !== true) refused.push({ containerId, network: asked })
  }
  await connections.answerNames(containerId).catch(complain('names in a container cannot be answered'))
  return refused
}

async function removeUnknown({ store, live, containers, names }: Parts, containerIds: readonly string[]): Promise<void> {
  const links = new Map<string, LiveNetwork | undefined>()
  for (const { request, record } of containers.all())
    for (const { networkId, index } of record.endpoints) links.set(names.linkOf(request.containerId, index), live.get(networkId))
  const networks = store.all()
  const bridges = networks.filter(({ driver }) => driver === 'bridge').map(({ id }) => names.bridgeOf(id))
  await removeStrays(names, { containerIds, links, bridges, parents: networks.filter(subInterfaceDriver).map(parentOf) })
}
