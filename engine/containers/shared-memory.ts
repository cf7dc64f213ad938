import { mountTmpfs, unmount } from '../linux/overlay.ts'
import type { Container } from './container.ts'
import type { ContainerParts } from './parts.ts'

/** Of /dev/shm, where nobody says otherwise. */
export const DEFAULT_SHM_BYTES = 64 * 1024 * 1024

/**
 * Where the host sees a container's /dev/shm; undefined when the container has its own, that nobody else can join. The
 * kernel mounts nothing from another container's root, so one that is to be shared is mounted beside it.
 */
export function sharedMemoryOf(parts: Pick<ContainerParts, 'paths' | 'store'>, container: Container): string | undefined {
  const { IpcMode = '' } = container.spec.hostConfig
  if (IpcMode === 'host') return '/dev/shm'
  if (IpcMode === 'shareable') return parts.paths.shm(container.id)
  if (!IpcMode.startsWith('container:')) return undefined
  return sharedMemoryOf(parts, parts.store.get(IpcMode.slice('container:'.length)))
}

/** Mounts what others can join; does nothing for other containers. */
export async function mountSharedMemory(parts: Pick<ContainerParts, 'paths'>, { id, spec }: Container): Promise<void> {
  if (spec.hostConfig.IpcMode !== 'shareable') return
  const options = ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${spec.hostConfig.ShmSize || DEFAULT_SHM_BYTES}`]
  await mountTmpfs('shm', parts.paths.shm(id), options)
}

/** Those who joined keep what they have. Idempotent. */
export async function unmountSharedMemory(parts: Pick<ContainerParts, 'paths'>, { id, spec }: Container): Promise<void> {
  if (spec.hostConfig.IpcMode === 'shareable') await unmount(parts.paths.shm(id))
}
