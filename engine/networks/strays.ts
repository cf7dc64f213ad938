import { isolateLinks, listLinks, listNetns, removeLink, removeNetns } from '../linux/links.ts'
import { linksOwnedBy } from '../linux/owned-links.ts'
import type { KernelNames } from './kernel-names.ts'
import type { LiveNetwork } from './live-network.ts'

/** What belongs to somebody. */
export interface Known {
  readonly containerIds: readonly string[]
  /** The host's ends of interfaces, with the networks that they are plugged into, as far as these could be made sure of. */
  readonly links: ReadonlyMap<string, LiveNetwork | undefined>
  readonly bridges: readonly string[]
  /** What interfaces of macvlan and ipvlan networks stand on. */
  readonly parents: readonly string[]
}

/** Removes what carries our names and belongs to nobody: namespaces, interfaces and bridges that a crash left behind. */
export async function removeStrays(names: KernelNames, { containerIds, links, bridges, parents }: Known): Promise<void> {
  const namespaces = new Set(containerIds.map((id) => names.netnsOf(id)))
  for (const name of await listNetns(names.netnsStart)) if (!namespaces.has(name)) await removeNetns(name)
  const there = await listLinks(names.linkStart)
  const isBridge = (name: string) => name.startsWith(names.bridgeStart)
  for (const name of there.filter((one) => !isBridge(one) && !links.has(one))) await removeLink(name)
  for (const name of there.filter((one) => isBridge(one) && !bridges.includes(one))) await removeLink(name)
  for (const name of await linksOwnedBy(names.linkOwner)) if (!parents.includes(name)) await removeLink(name)
  // The daemon may have been told otherwise than when these were plugged in.
  const kept = there.flatMap((name) => ({ name, live: links.get(name) })).filter(({ live }) => live?.isBridge)
  for (const isIsolated of [true, false]) {
    const chosen = kept.filter(({ live }) => live?.options.allowsNeighbours !== isIsolated)
    await isolateLinks(
      chosen.map(({ name }) => name),
      isIsolated,
    )
  }
}
