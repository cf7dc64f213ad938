import { rm } from 'node:fs/promises'
import { EngineError, messageOf } from '../errors.ts'
import { settled } from '../settled.ts'
import { removePins } from '../volumes/subpath.ts'
import type { Container } from './container.ts'
import { publishContainer } from './events.ts'
import type { ContainerParts } from './parts.ts'
import { freeResources } from './release.ts'
import { isLive, isRunning } from './state.ts'
import { forceEnd } from './stop.ts'

export interface RemoveOptions {
  readonly force?: boolean
  /** Anonymous volumes go too. */
  readonly removeVolumes?: boolean
  /** How the client called the container, for messages. */
  readonly reference?: string
}

/**
 * Removes a container and everything that is its own. The intent is durable before the first file goes: a removal
 * that was cut off is finished when the daemon starts.
 * @throws EngineError `conflict` when it runs and is not forced, or is being removed already
 * @see Engine API 1.51 ContainerDelete
 */
export async function removeContainer(parts: ContainerParts, container: Container, options: RemoveOptions = {}): Promise<void> {
  const reference = options.reference ?? container.id
  if (container.state.status === 'removing') throw new EngineError('conflict', `removal of container ${reference} is already in progress`)
  do {
    if (isRunning(container.state)) {
      if (!options.force) throw refusal(container, reference)
      container.spec.hasBeenStoppedByHand = true
      parts.store.saveSpec(container)
      await forceEnd(parts, container)
    }
  } while (!(await removeUnlessLive(parts, container, options, reference)))
}

/** @returns false when a start that was under way, as one by policy, came first, and the removal is forced */
function removeUnlessLive(parts: ContainerParts, container: Container, { force, removeVolumes = false }: RemoveOptions, reference: string): Promise<boolean> {
  return container.lock.run(async () => {
    // An auto-removed container that was killed for removal may be gone by the time we get here.
    if (parts.store.find(container.id) !== container) return true
    if (isLive(container.state)) {
      if (force) return false
      throw refusal(container, reference)
    }
    await removeEnded(parts, container, removeVolumes)
    return true
  })
}

/** Removes a container that has no process, by whoever holds its lock. @throws EngineError `system`, as {@link finishRemoval} */
export async function removeEnded(parts: ContainerParts, container: Container, removesVolumes: boolean): Promise<void> {
  if (container.state.status !== 'dead' && container.state.status !== 'removing') parts.store.apply(container, { type: 'removal-started', removesVolumes })
  await finishRemoval(parts, container, removesVolumes)
}

/**
 * The part of a removal after its intent: also what reconcile does for a removal that was cut off.
 * @throws EngineError `system` when something cannot be removed; the container is dead then, and can be removed again
 */
export async function finishRemoval(parts: ContainerParts, container: Container, removeVolumes: boolean): Promise<void> {
  try {
    await removeAll(parts, container, removeVolumes)
  } catch (error) {
    if (container.state.status === 'removing') parts.store.apply(container, { type: 'removal-failed' })
    const failure = new EngineError('system', `unable to remove container ${container.id}: ${messageOf(error)}`, { cause: error })
    container.announceRemoval(failure)
    throw failure
  }
}

async function removeAll(parts: ContainerParts, container: Container, removeVolumes: boolean): Promise<void> {
  parts.timers.forget(container.id)
  parts.health.forget(container)
  await freeResources(parts, container)
  await settled([parts.runtime.forgetExit(container.id), removeFolder(parts, container)])
  if (removeVolumes) await parts.volumes.removeAnonymous(container.spec.mounts)
  parts.store.forget(container)
  publishContainer(parts.events, container, 'destroy')
  container.announceRemoval()
}

async function removeFolder(parts: ContainerParts, container: Container): Promise<void> {
  await parts.logs.forget(container.id)
  if (container.spec.mounts.some(({ subpath }) => subpath)) await removePins(parts.paths.subpaths(container.id))
  await rm(parts.paths.folder(container.id), { recursive: true, force: true })
}

function refusal(container: Container, reference: string): EngineError {
  const { status } = container.state
  const advice =
    status === 'paused' ? 'container is paused and must be unpaused first' : `container is ${status}: stop the container before removing or force remove`
  return new EngineError('conflict', `cannot remove container "${reference}": ${advice}`)
}
