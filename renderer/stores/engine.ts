import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { CallError, messageOf } from '../api/engine-client.ts'
import { identifyEngine, openEvents, pastEvents } from '../api/system.ts'
import type { EngineEvent, EngineIdentity } from '../api/types.ts'
import { say } from '../text/say.ts'
import type { Mirror } from './collection.ts'

/** `connecting`: the first try; `live`: what is shown is true; `down`: it is what was last known. */
export type Connection = 'connecting' | 'live' | 'down'

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 15_000

/** How many of the last events are remembered, newest first. */
const RECENT_LIMIT = 100
const RECENT_MS = 3_600_000

/**
 * The window's one event stream. Opens it, loads every mirror, then hands on each event; when the stream ends, begins
 * anew with a growing pause. Nothing is asked for while the window is hidden and the engine away.
 */
export const useEngine = defineStore('engine', () => {
  const connection = ref<Connection>('connecting')
  const reason = shallowRef<CallError | undefined>()
  const identity = shallowRef<EngineIdentity | undefined>()
  const retryAtMs = ref<number | undefined>()
  const eventCount = ref(0)
  const recent = shallowRef<readonly EngineEvent[]>([])
  const mirrors: Mirror<EngineEvent>[] = []
  let round = new AbortController()
  let wake: (() => void) | undefined

  /** It is known to be no Engineroom: `/engineroom/v1/…` is not there. */
  const isOthers = computed(() => identity.value?.isOurs === false)
  const isLive = computed(() => connection.value === 'live')

  /** Keeps `all` true from now on, as long as the window lives. */
  async function follow(all: readonly Mirror<EngineEvent>[]): Promise<never> {
    mirrors.push(...all)
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) retry()
    })
    let pauseMs = FIRST_RETRY_MS
    while (true) {
      round = new AbortController()
      try {
        await runRound(round.signal)
      } catch (error) {
        if (connection.value === 'live') pauseMs = FIRST_RETRY_MS
        reason.value = reasonOf(round.signal.aborted ? round.signal.reason : error)
        connection.value = 'down'
      }
      round.abort()
      await pause(reason.value?.failure === 'no-session' ? undefined : pauseMs)
      pauseMs = Math.min(pauseMs * 2, LAST_RETRY_MS)
    }
  }

  async function runRound(signal: AbortSignal): Promise<never> {
    const events = await openEvents(signal)
    // The lists are asked for first: a person waits for them.
    const loads = mirrors.map((mirror) => mirror.load(signal))
    const [identified, past] = await Promise.all([identifyEngine(signal), pastEvents(Date.now() - RECENT_MS, signal), ...loads])
    identity.value = identified
    recent.value = past.slice(-RECENT_LIMIT).reverse()
    connection.value = 'live'
    reason.value = undefined
    for await (const event of events) {
      for (const mirror of mirrors) mirror.take(event)
      eventCount.value += 1
      recent.value = [event, ...recent.value.slice(0, RECENT_LIMIT - 1)]
    }
    throw new CallError('unreachable', 0, say('The engine ended the event stream.'))
  }

  /** Waits `ms`, or without it until someone asks for a retry; a hidden window waits until it is seen. */
  async function pause(ms: number | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    wake = resolve
    const isTimed = ms !== undefined && !document.hidden
    const timer = isTimed ? setTimeout(resolve, ms) : undefined
    retryAtMs.value = isTimed ? Date.now() + ms : undefined
    await promise
    clearTimeout(timer)
    wake = undefined
    retryAtMs.value = undefined
  }

  /** Ends the pause before the next try. */
  function retry(): void {
    wake?.()
  }

  /** What is shown may not be true any more: begin anew. */
  function distrust(error: unknown): void {
    round.abort(error)
  }

  return { connection, isLive, isOthers, recent, eventCount, reason, identity, retryAtMs, follow, retry, distrust }
})

function reasonOf(error: unknown): CallError {
  return error instanceof CallError ? error : new CallError('refused', 0, messageOf(error), { cause: error })
}
