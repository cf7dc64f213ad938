import { EngineError, messageOf } from '../errors.ts'
import { isAlive } from '../linux/process.ts'
import type { HostConfig, Resources, RestartPolicy } from './config.ts'
import type { Container } from './container.ts'
import { publishContainer } from './events.ts'
import { resourcesFor } from './oci-resources.ts'
import type { ContainerParts } from './parts.ts'
import { runtimeOf } from './start.ts'
import { isGoing, isLive } from './state.ts'
import { validateRestartPolicy } from './validate.ts'
import { validateResources } from './validate-resources.ts'

export interface UpdateRequest extends Resources {
  readonly RestartPolicy?: RestartPolicy
}

/**
 * Changes limits and restart policy of a container, live when it runs. Zero means "keep".
 * @throws EngineError with docker's prefix `Cannot update container …`
 * @see Engine API 1.51 ContainerUpdate
 */
export async function updateContainer(parts: ContainerParts, container: Container, request: UpdateRequest): Promise<void> {
  try {
    await container.lock.run(() => applyUpdate(parts, container, request))
  } catch (error) {
    const kind = error instanceof EngineError ? error.kind : 'system'
    throw new EngineError(kind, `Cannot update container ${container.id}: ${messageOf(error)}`, { cause: error })
  }
  publishContainer(parts.events, container, 'update')
}

async function applyUpdate(parts: ContainerParts, container: Container, request: UpdateRequest): Promise<void> {
  if (isGoing(container.state)) throw new EngineError('system', 'container is marked for removal and cannot be "update"')
  validateResources(request, parts.facts, { isUpdate: true })
  const next = merge(container.spec.hostConfig, request)
  if (request.RestartPolicy?.Name) {
    if (container.isAutoRemoved) throw new EngineError('conflict', 'Restart policy cannot be updated because AutoRemove is enabled for the container')
    validateRestartPolicy(request.RestartPolicy, false)
  }
  const before = container.spec.hostConfig
  container.spec.hostConfig = next
  parts.store.saveSpec(container)
  if (!isLive(container.state)) return
  try {
    await parts.runtime.update(container.id, runtimeOf(parts, container), resourcesFor(next, parts.facts))
  } catch (error) {
    // It has just ended: its next run is made with the new limits.
    if (!isAlive(container.state.pid)) return
    container.spec.hostConfig = before
    parts.store.saveSpec(container)
    throw error
  }
}

function merge(before: HostConfig, request: UpdateRequest): HostConfig {
  if (request.NanoCpus && (before.CpuPeriod || before.CpuQuota)) {
    throw new EngineError('conflict', 'Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set')
  }
  if ((request.CpuPeriod || request.CpuQuota) && before.NanoCpus) {
    throw new EngineError('conflict', 'Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set')
  }
  if (request.Memory && !request.MemorySwap && before.MemorySwap !== undefined && before.MemorySwap > 0 && request.Memory > before.MemorySwap) {
    throw new EngineError('conflict', 'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time')
  }
  const { RestartPolicy, ...limits } = request
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== 0 && value !== '' && !(Array.isArray(value) && value.length === 0)))
  return { ...before, ...given, ...(RestartPolicy?.Name && { RestartPolicy }) }
}
