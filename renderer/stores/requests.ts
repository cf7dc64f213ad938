import { defineStore } from 'pinia'
import { computed, ref, shallowReactive, watch } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { followRequests, type RequestRow } from '../api/requests.ts'
import { say } from '../text/say.ts'
import { useEngine } from './engine.ts'
import { RequestList } from './request-list.ts'

/**
 * The calls of the Engine API. They come while the inspector is on the screen and not paused: the engine records more then,
 * and a browser has few connections to spare.
 */
export const useRequests = defineStore('requests', () => {
  const engine = useEngine()
  const rows = shallowReactive(new Map<number, RequestRow>())
  const list = new RequestList(rows)
  const isPaused = ref(false)
  const isOnScreen = ref(false)
  /** The engine was heard since it was asked. */
  const isLoaded = ref(false)
  const failure = ref('')
  const filter = ref('')
  const showsWindows = ref(false)
  const showsFailuresOnly = ref(false)
  let abort = new AbortController()

  const isRecording = computed(() => isOnScreen.value && !isPaused.value && engine.isLive && failure.value === '')
  /** Newest first. */
  const sorted = computed(() => [...rows.values()].sort((a, b) => b.id - a.id))

  async function follow(): Promise<void> {
    abort.abort()
    abort = new AbortController()
    const { signal } = abort
    try {
      const calls = await followRequests(signal)
      list.begin()
      isLoaded.value = true
      failure.value = ''
      for await (const call of calls) list.put(call)
      if (!signal.aborted) failure.value = say('The engine ended the record.')
    } catch (error) {
      if (!signal.aborted) failure.value = messageOf(error)
    }
  }

  watch([isOnScreen, isPaused, () => engine.isLive], ([onScreen, paused, live]) => {
    if (onScreen && !paused && live) void follow()
    else abort.abort()
  })

  return {
    rows,
    sorted,
    isPaused,
    isOnScreen,
    isRecording,
    isLoaded,
    failure,
    filter,
    showsWindows,
    showsFailuresOnly,
    clear: () => list.clear(),
    retry: follow,
  }
})
