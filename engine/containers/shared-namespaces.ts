import { EngineError } from '../errors.ts'
import type { NamespaceSource } from '../linux/oci.ts'
import type { Container } from './container.ts'
import type { ContainerParts } from './parts.ts'
import { sharedMemoryOf } from './shared-memory.ts'
import { isLive } from './state.ts'

/** `--ipc` and `--pid`: own, the host's, or another container's, which must run. */
export function sharedNamespaces(parts: ContainerParts, container: Container): { ipc: NamespaceSource; pid: NamespaceSource; shmPath: string | undefined } {
  const { IpcMode = '', PidMode = '' } = container.spec.hostConfig
  return {
    ipc: namespaceSource(parts, IpcMode, 'ipc'),
    pid: namespaceSource(parts, PidMode, 'pid'),
    shmPath: sharedMemoryOf(parts, container),
  }
}

function namespaceSource(parts: ContainerParts, mode: string, type: 'ipc' | 'pid'): NamespaceSource {
  if (mode === 'host') return { kind: 'host' }
  if (!mode.startsWith('container:')) return { kind: 'own' }
  const donor = parts.store.get(mode.slice('container:'.length))
  if (!isLive(donor.state)) {
    throw new EngineError('conflict', `cannot join ${type.toUpperCase()} of a non running container: container ${donor.id} is not running`)
  }
  if (type === 'ipc') checkShareable(donor, mode)
  return { kind: 'path', path: `/proc/${donor.state.pid}/ns/${type}` }
}

/** Who keeps its IPC to itself does so against everybody. @throws EngineError `invalid` with docker's words */
function checkShareable({ id, spec }: Container, mode: string): void {
  const own = spec.hostConfig.IpcMode
  if (own === 'shareable' || own === 'host' || own?.startsWith('container:')) return
  throw new EngineError(
    'invalid',
    `invalid IPC mode: ${mode}: can't join IPC of container ${id}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
  )
}
