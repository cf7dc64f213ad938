import { EngineError } from '../errors.ts'
import { freeze, thaw } from '../linux/freezer.ts'
import type { Container } from './container.ts'
import { publishContainer } from './events.ts'
import type { ContainerParts } from './parts.ts'

/**
 * Freezes every process of a container.
 * @throws EngineError `conflict` when it does not run or is paused already
 * @see Engine API 1.51 ContainerPause
 */
export async function pauseContainer(parts: ContainerParts, container: Container): Promise<void> {
  await container.lock.run(async () => {
    const { status } = container.state
    if (status === 'paused') throw new EngineError('conflict', `Container ${container.id} is already paused`)
    if (status === 'restarting') throw new EngineError('conflict', `Container ${container.id} is restarting, wait until the container is running`)
    if (status !== 'running') throw new EngineError('conflict', `container ${container.id} is not running`)
    await freeze(cgroupOf(parts, container))
    parts.store.apply(container, { type: 'paused' })
    parts.health.stop(container)
  })
  publishContainer(parts.events, container, 'pause')
}

/** @throws EngineError `system` (sic: dockerd answers 500) when it is not paused */
export async function unpauseContainer(parts: ContainerParts, container: Container): Promise<void> {
  await container.lock.run(async () => {
    if (container.state.status !== 'paused') throw new EngineError('system', `Container ${container.id} is not paused`)
    await thaw(cgroupOf(parts, container))
    parts.store.apply(container, { type: 'resumed' })
    parts.health.resume(container)
  })
  publishContainer(parts.events, container, 'unpause')
}

/**
 * Holds a running container still for as long as `work` takes. No state tells of it: if the daemon dies meanwhile, the
 * next one lets the container go on. Clients hear the events of a pause, as from dockerd; an exec waits until it is over.
 */
export function whileFrozen<T>(parts: ContainerParts, container: Container, work: () => Promise<T>): Promise<T> {
  return container.stillness.hold(async () => {
    let isFrozen = false
    try {
      isFrozen = await container.lock.run(async () => {
        if (container.state.status !== 'running') return false
        await freeze(cgroupOf(parts, container))
        return true
      })
      if (isFrozen) publishContainer(parts.events, container, 'pause')
      return await work()
    } finally {
      await container.lock.run(() => goOn(parts, container))
      if (isFrozen) publishContainer(parts.events, container, 'unpause')
    }
  })
}

/** It may have ended, or been paused by somebody who wants it to stay so, or be held still by others yet. */
async function goOn(parts: ContainerParts, container: Container): Promise<void> {
  if (container.state.status === 'running' && container.stillness.isLastHolder) await thaw(cgroupOf(parts, container))
}

/** After a start of the daemon: what a request that was cut off did to the freezer is undone. */
export async function restoreFreezer(parts: ContainerParts, container: Container): Promise<void> {
  await (container.state.status === 'paused' ? freeze : thaw)(cgroupOf(parts, container))
}

function cgroupOf(parts: ContainerParts, container: Container): string {
  return parts.paths.cgroup(container.id, container.spec.hostConfig.CgroupParent)
}
