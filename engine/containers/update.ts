import { EngineError, messageOf } from '../errors.ts'
import { isAlive } from '../linux/process.ts'
import { ToolError } from '../linux/run.ts'
import { runtimeWords } from '../linux/runtime-words.ts'
import type { HostConfig, Resources, RestartPolicy } from './config.ts'
import type { Container } from './container.ts'
import { publishContainer } from './events.ts'
import { resourcesFor } from './oci-resources.ts'
import type { ContainerParts } from './parts.ts'
import { runtimeOf } from './start.ts'
import { isGoing, isLive } from './state.ts'
import { supportedResources } from './supported-resources.ts'
import { validateRestartPolicy } from './validate.ts'
import { validateResources } from './validate-resources.ts'

export interface UpdateRequest extends Resources {
  readonly RestartPolicy?: RestartPolicy
}

/** What a running container's cgroup can take over. Devices, ulimits and throttles are a start's. */
const UPDATABLE = [
  'BlkioWeight',
  'CpuPeriod',
  'CpuQuota',
  'CpuRealtimePeriod',
  'CpuRealtimeRuntime',
  'CpuShares',
  'CpusetCpus',
  'CpusetMems',
  'Memory',
  'MemoryReservation',
  'MemorySwap',
  'NanoCpus',
] as const satisfies readonly (keyof Resources)[]

const NOT_UPDATABLE = [
  'BlkioDeviceReadBps',
  'BlkioDeviceReadIOps',
  'BlkioDeviceWriteBps',
  'BlkioDeviceWriteIOps',
  'BlkioWeightDevice',
  'DeviceCgroupRules',
  'DeviceRequests',
  'Devices',
  'Ulimits',
] as const satisfies readonly (keyof Resources)[]

/**
 * Changes limits and restart policy of a container, live when it runs. Zero means "keep", except that no number of
 * processes but a positive one is a limit.
 * @returns warnings
 * @throws EngineError `invalid` for what can never be; otherwise with docker's prefix `Cannot update container …`
 * @see Engine API 1.51 ContainerUpdate
 */
export async function updateContainer(parts: ContainerParts, container: Container, request: UpdateRequest): Promise<string[]> {
  const { limits, warnings } = supportedResources(request, parts.facts.cgroup)
  validateResources(limits, parts.facts, { isUpdate: true })
  if (request.RestartPolicy?.Name) validateRestartPolicy(request.RestartPolicy, false)
  try {
    await container.lock.run(() => applyUpdate(parts, container, limits))
  } catch (error) {
    const kind = error instanceof EngineError ? error.kind : 'system'
    throw new EngineError(kind, `Cannot update container ${container.id}: ${wordsOf(error)}`, { cause: error })
  }
  publishContainer(parts.events, container, 'update')
  const ignored = NOT_UPDATABLE.filter((field) => (request[field]?.length ?? 0) > 0)
  return [...warnings, ...ignored.map((field) => `${field} of an existing container cannot be updated. Discarded.`)]
}

function wordsOf(error: unknown): string {
  if (!(error instanceof ToolError)) return messageOf(error)
  return `runc did not terminate successfully: exit status ${error.exitCode}: ${runtimeWords(error.stderr)}: unknown`
}

async function applyUpdate(parts: ContainerParts, container: Container, request: UpdateRequest): Promise<void> {
  if (isGoing(container.state)) throw new EngineError('system', 'container is marked for removal and cannot be "update"')
  if (request.RestartPolicy?.Name && container.isAutoRemoved) {
    throw new EngineError('conflict', 'Restart policy cannot be updated because AutoRemove is enabled for the container')
  }
  const before = container.spec.hostConfig
  refuseConflicts(before, request)
  const next = merge(before, request)
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

/** @throws EngineError `conflict` when what is set already contradicts what is asked */
function refuseConflicts(before: HostConfig, { NanoCpus, CpuPeriod, CpuQuota, Memory = 0, MemorySwap = 0 }: UpdateRequest): void {
  const conflict = (words: string) => new EngineError('conflict', words)
  if (NanoCpus && before.CpuPeriod) throw conflict('Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set')
  if (NanoCpus && before.CpuQuota) throw conflict('Conflicting options: Nano CPUs cannot be updated as CPU Quota has already been set')
  if (CpuPeriod && before.NanoCpus) throw conflict('Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set')
  if (CpuQuota && before.NanoCpus) throw conflict('Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set')
  if (Memory !== 0 && MemorySwap === 0 && Memory > (before.MemorySwap ?? 0)) {
    throw conflict('Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time')
  }
}

function merge(before: HostConfig, request: UpdateRequest): HostConfig {
  const given = Object.fromEntries(UPDATABLE.map((field) => [field, request[field]]).filter(([, value]) => value !== undefined && value !== 0 && value !== ''))
  const { PidsLimit, RestartPolicy } = request
  return {
    ...before,
    ...given,
    ...(PidsLimit !== undefined && { PidsLimit: Math.max(PidsLimit, 0) }),
    ...(RestartPolicy?.Name && { RestartPolicy: { MaximumRetryCount: 0, ...RestartPolicy } }),
  }
}
