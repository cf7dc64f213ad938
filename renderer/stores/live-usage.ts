import { defineStore } from 'pinia'
import { shallowReactive, watch } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { followUsages, type Usage } from '../api/stats.ts'
import { useEngine } from './engine.ts'

/** How many samples of each, one a second, are remembered: a minute. */
export const ROOM = 60

/** A list that is scrolled opens no stream for each row that passes. */
const SETTLE_MS = 300

/** As many as the engine takes. */
const MOST_CONTAINERS = 200

/** What containers use that somebody looks at now: one stream for all of them. Nobody looks, or the window is hidden: none. */
export const useLiveUsage = defineStore('live-usage', () => {
  const engine = useEngine()
  const samples = shallowReactive(new Map<string, readonly Usage[]>())
  /** How many look at each. */
  const lookers = new Map<string, number>()
  let abort = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined

  /** @returns what ends it */
  function look(id: string): () => void {
    lookers.set(id, (lookers.get(id) ?? 0) + 1)
    settle()
    return () => {
      const left = (lookers.get(id) ?? 1) - 1
      if (left > 0) lookers.set(id, left)
      else {
        lookers.delete(id)
        samples.delete(id)
      }
      settle()
    }
  }

  function settle(): void {
    clearTimeout(timer)
    timer = setTimeout(() => void follow(), SETTLE_MS)
  }

  async function follow(): Promise<void> {
    abort.abort()
    abort = new AbortController()
    const { signal } = abort
    const ids = [...lookers.keys()].slice(0, MOST_CONTAINERS)
    if (ids.length === 0 || document.hidden || engine.isOthers) return
    try {
      for await (const { id, usage } of await followUsages(ids, signal))
        if (lookers.has(id)) samples.set(id, [...(samples.get(id) ?? []).slice(1 - ROOM), usage])
    } catch (error) {
      // A row without a line says enough; that the engine is away is told elsewhere, and one that is gone leaves the list.
      if (!signal.aborted) console.debug('usages:', messageOf(error))
    }
  }

  document.addEventListener('visibilitychange', () => {
    samples.clear()
    void follow()
  })
  watch(() => engine.isLive, settle)

  return { samples, look }
})
