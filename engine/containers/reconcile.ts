import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode, messageOf } from '../errors.ts'
import { listCgroups, removeCgroup } from '../linux/cgroups.ts'
import { unmount } from '../linux/overlay.ts'
import { isAlive, isInCgroup } from '../linux/process.ts'
import { forgetNetwork } from './connect.ts'
import type { Container } from './container.ts'
import { removeDebugShells } from './debug/debug-shell.ts'
import { handleExit } from './exit.ts'
import { isInHostNetwork } from './host-network.ts'
import { linksOf } from './links.ts'
import type { ContainerParts } from './parts.ts'
import { restoreFreezer } from './pause.ts'
import { freeResources } from './release.ts'
import { finishRemoval, removeContainer } from './remove.ts'
import { shouldStartWithDaemon } from './restart-policy.ts'
import { staleMounts } from './rootfs.ts'
import { sandboxRequestFor } from './sandbox-request.ts'
import { restartByPolicy, startContainer } from './start.ts'
import { isLive } from './state.ts'

/** The exit code of a process that ended while nobody looked, not even its conmon. */
const UNKNOWN_EXIT = 255

/**
 * Joins what should be (the database) with what is (the kernel) after the daemon was away, for however long and
 * however it ended: finishes removals, takes running containers over, settles those that ended meanwhile, and removes
 * what belongs to nobody.
 */
export async function reconcileContainers(parts: ContainerParts): Promise<void> {
  parts.timers.hold()
  const containers = parts.store.all()
  const survivors: Container[] = []
  const ended: Container[] = []
  for (const container of containers) {
    if (!isLive(container.state)) continue
    const { pid } = container.state
    const cgroup = parts.paths.cgroup(container.id, container.spec.hostConfig.CgroupParent)
    const survives = (await parts.runtime.exitOf(container.id)) === undefined && isAlive(pid) && (await isInCgroup(pid, cgroup))
    if (survives) survivors.push(container)
    else ended.push(container)
  }
  const refused = await parts.networks.reattach(survivors.map((container) => sandboxRequestFor(parts, container)))
  const inHostNetwork = survivors.filter((container) => isInHostNetwork(parts, container))
  await parts.outerLocalhost?.takeOver(inHostNetwork.map(({ id, spec }) => ({ id, cgroup: parts.paths.cgroup(id, spec.hostConfig.CgroupParent) })))
  for (const { containerId, network } of refused) forgetNetwork(parts, parts.store.get(containerId), network)
  for (const container of survivors) {
    await attempt(parts, container, () => restoreFreezer(parts, container))
    await attempt(parts, container, () => removeDebugShells(parts, container))
    parts.logs.watch(container)
  }
  for (const container of ended) {
    await attempt(parts, container, async () => {
      const exit = (await parts.runtime.exitFromMonitor(container.id)) ?? { id: container.id, exitCode: UNKNOWN_EXIT, oomKilled: false, at: new Date() }
      await handleExit(parts, container, exit)
    })
  }
  for (const container of containers) {
    const { state } = container
    if (state.status === 'removing') await attempt(parts, container, () => finishRemoval(parts, container, state.removesVolumes))
    else if (state.status === 'created' || state.status === 'exited') await attempt(parts, container, () => undoHalfStart(parts, container))
  }
  await removeStrays(parts)
  // Not before: a probe's folder would be taken for a stray.
  for (const container of containers) await attempt(parts, container, async () => parts.health.takeOver(container))
}

/** One container that resists must not keep the daemon, and with it all others, from starting. */
async function attempt(parts: ContainerParts, container: Container, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    parts.log.error('a container could not be reconciled', { container: container.id, error: messageOf(error) })
  }
}

/**
 * Starts what the restart policies want running, now that all is reconciled, and removes what was to go with something
 * that is over: its run, or its build. Failures are the containers' own.
 */
export function startByPolicy(parts: ContainerParts): void {
  parts.timers.release()
  const begun = new Map<Container, Promise<void>>()
  for (const container of parts.store.all()) {
    if (container.spec.isBuildStep) {
      removeLeftover(parts, container)
    } else if (startsWithDaemon(container)) {
      void startAfterDonors(parts, container, begun)
    } else if (container.state.status === 'exited' && container.isAutoRemoved) {
      removeLeftover(parts, container)
    }
  }
}

/** Its policy wants it running, or had begun to when the daemon went. */
function startsWithDaemon({ spec, state }: Container): boolean {
  if (state.status === 'restarting') return true
  return state.status === 'exited' && shouldStartWithDaemon(spec.hostConfig.RestartPolicy, spec.hasBeenStoppedByHand, state.startedAt !== undefined)
}

/**
 * A container starts once those that it is linked to have: their addresses are what it is told. Links do not go round:
 * they are made with their recipient, to containers that are there already.
 */
function startAfterDonors(parts: ContainerParts, container: Container, begun: Map<Container, Promise<void>>): Promise<void> {
  const known = begun.get(container)
  if (known) return known
  const donors = linksOf(parts, container).map(({ donor }) => donor)
  const started = Promise.all(donors.filter(startsWithDaemon).map((donor) => startAfterDonors(parts, donor, begun)))
    .then(() => (container.state.status === 'restarting' ? restartByPolicy(parts, container) : startContainer(parts, container)))
    .catch((error: unknown) => parts.log.warn('a container could not be started with the daemon', { container: container.id, error: messageOf(error) }))
  begun.set(container, started)
  return started
}

function removeLeftover(parts: ContainerParts, container: Container): void {
  removeContainer(parts, container, { force: true, removeVolumes: true }).catch((error) => {
    parts.log.warn('a container could not be removed', { container: container.id, error: messageOf(error) })
  })
}

/** A start that was cut off may have left a created process, mounts and interfaces; it was never acknowledged. */
async function undoHalfStart(parts: ContainerParts, container: Container): Promise<void> {
  const { states, bundles } = await parts.runtime.leftovers()
  if (!states.includes(container.id) && !bundles.includes(container.id.slice(0, 24))) return
  await parts.runtime.killAll(parts.paths.cgroup(container.id, container.spec.hostConfig.CgroupParent))
  await freeResources(parts, container)
}

/** What carries our names and belongs to no container: mounts, cgroups, bundles, folders. */
async function removeStrays(parts: ContainerParts): Promise<void> {
  const live = new Set<string>(
    parts.store
      .all()
      .filter((one) => isLive(one.state))
      .map((one) => one.id),
  )
  for (const path of (await staleMounts(parts)).reverse()) await unmount(path)
  for (const name of await listCgroups(parts.paths.cgroupParent)) {
    if (live.has(name)) continue
    await parts.runtime.killAll(join(parts.paths.cgroupParent, name))
    await removeCgroup(join(parts.paths.cgroupParent, name), parts.facts.cgroupHierarchies)
  }
  const prefixes = new Set([...live].map((id) => id.slice(0, 24)))
  const { bundles, exits, states } = await parts.runtime.leftovers()
  for (const bundle of bundles) if (!prefixes.has(bundle)) await parts.runtime.removeBundle(bundle)
  for (const id of new Set([...exits, ...states])) if (!live.has(id)) await parts.runtime.cleanUp(id, undefined)
  await removeStrayFolders(parts)
}

/** A create that was cut off leaves a folder without a row, and perhaps the anonymous volumes that it made. */
async function removeStrayFolders(parts: ContainerParts): Promise<void> {
  for (const name of await readdir(parts.paths.root)) {
    if (parts.store.find(name)) continue
    await parts.volumes.removeForgotten(await linesOf(parts.paths.madeVolumes(name)))
    await rm(join(parts.paths.root, name), { recursive: true, force: true })
  }
}

async function linesOf(path: string): Promise<string[]> {
  try {
    return (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}
