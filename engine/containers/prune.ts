import { EngineError, messageOf } from '../errors.ts'
import { directorySize } from '../linux/directory-size.ts'
import type { Container } from './container.ts'
import type { ContainerParts } from './parts.ts'
import { removeContainer } from './remove.ts'
import { isRunning } from './state.ts'

let isPruning = false

/**
 * Removes every container that does not run and that `isWanted` accepts.
 * @throws EngineError `conflict` while another prune is under way
 * @see Engine API 1.51 ContainerPrune
 */
export async function pruneContainers(
  parts: ContainerParts,
  isWanted: (container: Container) => boolean,
): Promise<{ removed: string[]; reclaimedBytes: number }> {
  if (isPruning) throw new EngineError('conflict', 'a prune operation is already running')
  isPruning = true
  try {
    const removed: string[] = []
    let reclaimedBytes = 0
    for (const container of parts.store.all()) {
      if (isRunning(container.state) || !isWanted(container)) continue
      const sizeBytes = await directorySize(parts.paths.upper(container.id))
      try {
        await removeContainer(parts, container)
        removed.push(container.id)
        reclaimedBytes += sizeBytes
      } catch (error) {
        parts.log.warn('prune left a container', { container: container.id, error: messageOf(error) })
      }
    }
    parts.events.publish('container', 'prune', '', { reclaimed: String(reclaimedBytes) })
    return { removed, reclaimedBytes }
  } finally {
    isPruning = false
  }
}
