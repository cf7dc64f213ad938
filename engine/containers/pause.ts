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

function cgroupOf(parts: ContainerParts, container: Container): string {
  return parts.paths.cgroup(container.id, container.spec.hostConfig.CgroupParent)
}
