import { messageOf } from '../errors.ts'
import type { Container } from './container.ts'
import type { ContainerParts } from './parts.ts'
import { unmountRootfs } from './rootfs.ts'
import { unmountSharedMemory } from './shared-memory.ts'

/**
 * Lets go of everything that only a running container needs. How it ended can still be told, until somebody keeps that
 * and calls the runtime's forgetExit. Idempotent.
 */
export async function freeResources(parts: ContainerParts, container: Container): Promise<void> {
  const { id } = container
  const freed = await Promise.allSettled([
    parts.networks.release(id),
    parts.outerLocalhost?.leave(id),
    unmountRootfs(parts, id),
    unmountSharedMemory(parts, container),
    parts.volumes.unmountFor(id, container.spec.mounts),
    parts.runtime.releaseProcess(id, parts.paths.cgroup(id, container.spec.hostConfig.CgroupParent)),
    parts.execs.forgetContainer(id),
  ])
  for (const one of freed) {
    // The exit is a fact all the same; what stays behind is found again when the daemon starts.
    if (one.status === 'rejected') parts.log.error('freeing a container left something behind', { container: id, error: messageOf(one.reason) })
  }
}
