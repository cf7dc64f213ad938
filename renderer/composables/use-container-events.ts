import { onScopeDispose, type Ref, shallowRef, watch } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { containerEvents } from '../api/system.ts'
import type { EngineEvent } from '../api/types.ts'
import { useEngine } from '../stores/engine.ts'
import { useRecovery } from './use-recovery.ts'

/** What happened to a container, as far as the engine remembers, and what happens; oldest first. Ends with its scope. */
export function useContainerEvents(id: Ref<string>) {
  const engine = useEngine()
  const events = shallowRef<readonly EngineEvent[]>([])
  const error = shallowRef('')
  const isLoaded = shallowRef(false)
  let abort = new AbortController()
  /** The last of the window's events that was looked at. */
  let last = engine.recent[0]

  async function load(): Promise<void> {
    abort.abort()
    abort = new AbortController()
    const { signal } = abort
    last = engine.recent[0]
    try {
      const found = await containerEvents(id.value, signal)
      if (signal.aborted) return
      // What came meanwhile is in the answer, or newer than it.
      const newest = found.at(-1)?.atMs ?? 0
      events.value = [...found, ...fresh().filter(({ atMs }) => atMs > newest)]
      isLoaded.value = true
      error.value = ''
    } catch (thrown) {
      if (!signal.aborted) error.value = messageOf(thrown)
    }
  }

  /** Those of this container that the window has heard of since the last time, oldest first. */
  function fresh(): EngineEvent[] {
    const at = last === undefined ? engine.recent.length : engine.recent.indexOf(last)
    const news = engine.recent.slice(0, at < 0 ? undefined : at)
    last = engine.recent[0]
    return news.filter((one) => one.id === id.value).reverse()
  }

  watch(id, load, { immediate: true })
  useRecovery(error, load)
  watch(
    () => engine.recent,
    () => {
      if (isLoaded.value) events.value = [...events.value, ...fresh()]
    },
  )
  onScopeDispose(() => abort.abort())

  return { events, error, isLoaded }
}
