import { defineStore } from 'pinia'
import { computed, shallowReactive } from 'vue'
import { actOnContainer, listContainers, type Verb } from '../api/containers.ts'
import { messageOf } from '../api/engine-client.ts'
import type { ContainerRow, EngineEvent } from '../api/types.ts'
import { createCollection } from './collection.ts'
import { useEngine } from './engine.ts'

/** Events after which a container's row looks different. `health_status` carries its word after a colon. */
const CHANGING = new Set(['create', 'start', 'die', 'stop', 'restart', 'pause', 'unpause', 'rename', 'update', 'oom', 'health_status'])

export interface Failure {
  readonly verb: Verb
  readonly message: string
}

export const useContainers = defineStore('containers', () => {
  const engine = useEngine()
  const { rows, isLoaded, failure, load, refresh, forget } = createCollection<ContainerRow>({
    keyOf: (row) => row.id,
    list: (signal) => listContainers(undefined, signal),
    fetch: (ids) => listContainers(ids),
    failed: engine.distrust,
  })
  /** What a container was asked to do and has not done yet. */
  const pending = shallowReactive(new Map<string, Verb>())
  const failures = shallowReactive(new Map<string, Failure>())

  /** Newest first, as `docker ps`. */
  const sorted = computed(() => [...rows.values()].sort((a, b) => b.createdAtMs - a.createdAtMs || a.name.localeCompare(b.name)))
  const runningCount = computed(() => sorted.value.filter((row) => row.state === 'running' || row.state === 'paused').length)

  function take({ type, action, id, attributes }: EngineEvent): void {
    if (type === 'network' && attributes.container !== undefined && rows.has(attributes.container)) refresh(attributes.container)
    if (type !== 'container') return
    if (action === 'destroy') drop(id)
    else if (CHANGING.has(action.split(':', 1)[0] ?? '')) refresh(id)
  }

  function drop(id: string): void {
    forget(id)
    failures.delete(id)
  }

  /** Asks the engine; how it went shows in `pending`, `failures`, and by the events that follow. */
  async function act(id: string, verb: Verb): Promise<void> {
    pending.set(id, verb)
    failures.delete(id)
    try {
      await actOnContainer(id, verb)
    } catch (error) {
      failures.set(id, { verb, message: messageOf(error) })
    } finally {
      pending.delete(id)
    }
  }

  return { rows, sorted, runningCount, isLoaded, failure, pending, failures, load, take, act }
})
