import { defineStore } from 'pinia'
import { computed, shallowReactive } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { connectContainer, disconnectContainer, findNetwork, listNetworks, removeNetwork } from '../api/networks.ts'
import type { EngineEvent, NetworkRow } from '../api/types.ts'
import { createCollection } from './collection.ts'
import { useEngine } from './engine.ts'

export const useNetworks = defineStore('networks', () => {
  const engine = useEngine()
  const { rows, isLoaded, failure, load, refresh, forget } = createCollection<NetworkRow>({
    keyOf: (row) => row.id,
    list: listNetworks,
    fetch: async (ids) => (await Promise.all(ids.map(findNetwork))).filter((row) => row !== undefined),
    failed: engine.distrust,
  })
  const sorted = computed(() => [...rows.values()].sort((a, b) => a.name.localeCompare(b.name)))

  const failures = shallowReactive(new Map<string, string>())
  /** Networks of which somebody was asked to join or leave, and has not yet. */
  const busy = shallowReactive(new Set<string>())

  /** Who is connected is known by the containers; a network itself only comes and goes. */
  function take({ type, action, id }: EngineEvent): void {
    if (type !== 'network') return
    if (action === 'destroy' || action === 'remove') {
      forget(id)
      failures.delete(id)
    }
    if (action === 'create' || action === 'update') refresh(id)
  }

  const connect = (id: string, containerId: string, aliases: readonly string[]) => attempt(id, () => connectContainer(id, containerId, aliases))
  const disconnect = (id: string, containerId: string) => attempt(id, () => disconnectContainer(id, containerId))
  const remove = (id: string) => attempt(id, () => removeNetwork(id))

  /** Why it could not be done is in `failures` under `id`; that it was is seen by the events that follow. */
  async function attempt(id: string, work: () => Promise<void>): Promise<void> {
    failures.delete(id)
    busy.add(id)
    try {
      await work()
    } catch (error) {
      failures.set(id, messageOf(error))
    } finally {
      busy.delete(id)
    }
  }

  return { rows, sorted, isLoaded, failure, failures, busy, load, take, connect, disconnect, remove }
})
