import { defineStore } from 'pinia'
import { computed, shallowReactive } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { pullImage } from '../api/images.ts'
import { advance, NO_PROGRESS, type PullState } from './pull-state.ts'

export interface Pull {
  readonly reference: string
  readonly phase: 'waiting' | 'pulling' | 'done' | 'failed'
  readonly progress: PullState
}

/** Each pull holds a connection, and a browser has six for one engine: the rest wait in line. */
const AT_A_TIME = 2

export const usePulls = defineStore('pulls', () => {
  const pulls = shallowReactive(new Map<string, Pull>())
  const aborts = new Map<string, AbortController>()
  const list = computed(() => [...pulls.values()].reverse())
  const activeCount = computed(() => list.value.filter(({ phase }) => phase === 'pulling' || phase === 'waiting').length)

  /** Begins a pull, or does nothing while the same one is going on. */
  function start(reference: string): void {
    const phase = pulls.get(reference)?.phase
    if (phase === 'waiting' || phase === 'pulling') return
    pulls.delete(reference)
    pulls.set(reference, { reference, phase: 'waiting', progress: NO_PROGRESS })
    startNext()
  }

  function startNext(): void {
    const all = [...pulls.values()]
    const free = AT_A_TIME - all.filter(({ phase }) => phase === 'pulling').length
    for (const { reference } of all.filter(({ phase }) => phase === 'waiting').slice(0, Math.max(0, free))) void run(reference)
  }

  async function run(reference: string): Promise<void> {
    const abort = new AbortController()
    aborts.set(reference, abort)
    let progress = NO_PROGRESS
    pulls.set(reference, { reference, phase: 'pulling', progress })
    try {
      for await (const line of await pullImage(reference, abort.signal)) {
        progress = advance(progress, line)
        pulls.set(reference, { reference, phase: 'pulling', progress })
      }
      pulls.set(reference, { reference, phase: progress.error === '' ? 'done' : 'failed', progress })
    } catch (error) {
      if (abort.signal.aborted) pulls.delete(reference)
      else pulls.set(reference, { reference, phase: 'failed', progress: { ...progress, error: messageOf(error) } })
    }
    aborts.delete(reference)
    startNext()
  }

  /** Ends a pull that is going on, or takes an ended one off the list. */
  function dismiss(reference: string): void {
    const abort = aborts.get(reference)
    if (abort) abort.abort()
    else pulls.delete(reference)
  }

  return { list, activeCount, start, dismiss }
})
