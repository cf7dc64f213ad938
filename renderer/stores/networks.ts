import { defineStore } from 'pinia'
import { computed } from 'vue'
import { findNetwork, listNetworks } from '../api/networks.ts'
import type { EngineEvent, NetworkRow } from '../api/types.ts'
import { createCollection } from './collection.ts'
import { useEngine } from './engine.ts'

export const useNetworks = defineStore('networks', () => {
  const engine = useEngine()
  const { rows, isLoaded, load, refresh, forget } = createCollection<NetworkRow>({
    keyOf: (row) => row.id,
    list: listNetworks,
    fetch: async (ids) => (await Promise.all(ids.map(findNetwork))).filter((row) => row !== undefined),
    failed: engine.distrust,
  })
  const sorted = computed(() => [...rows.values()].sort((a, b) => a.name.localeCompare(b.name)))

  /** Who is connected is known by the containers; a network itself only comes and goes. */
  function take({ type, action, id }: EngineEvent): void {
    if (type !== 'network') return
    if (action === 'destroy' || action === 'remove') forget(id)
    else if (action === 'create' || action === 'update') refresh(id)
  }

  return { rows, sorted, isLoaded, load, take }
})
