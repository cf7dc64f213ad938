import { defineStore } from 'pinia'
import { computed, shallowReactive } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import type { EngineEvent, VolumeRow } from '../api/types.ts'
import { findVolume, listVolumes, removeVolume } from '../api/volumes.ts'
import { createCollection } from './collection.ts'
import { useEngine } from './engine.ts'

export const useVolumes = defineStore('volumes', () => {
  const engine = useEngine()
  const { rows, isLoaded, failure, load, refresh, forget } = createCollection<VolumeRow>({
    keyOf: (row) => row.name,
    list: listVolumes,
    fetch: async (names) => (await Promise.all(names.map(findVolume))).filter((row) => row !== undefined),
    failed: engine.distrust,
  })
  const failures = shallowReactive(new Map<string, string>())
  const sorted = computed(() => [...rows.values()].sort((a, b) => a.name.localeCompare(b.name)))

  function take({ type, action, id }: EngineEvent): void {
    if (type !== 'volume') return
    if (action === 'destroy') {
      forget(id)
      failures.delete(id)
    } else if (action === 'create') refresh(id)
  }

  async function remove(name: string): Promise<void> {
    failures.delete(name)
    try {
      await removeVolume(name)
    } catch (error) {
      failures.set(name, messageOf(error))
    }
  }

  return { rows, sorted, isLoaded, failure, failures, load, take, remove }
})
