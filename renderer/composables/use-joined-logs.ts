import { onScopeDispose, type Ref, ref, shallowRef, watch } from 'vue'
import { isLive } from '../api/containers.ts'
import { messageOf } from '../api/engine-client.ts'
import { followJoinedLogs } from '../api/joined-logs.ts'
import type { ContainerRow } from '../api/types.ts'
import { JoinedLog } from '../logs/joined-log.ts'
import type { LogBlock } from '../logs/log-blocks.ts'
import { LogPace } from './log-pace.ts'
import { afterLast, type LogPhase } from './use-log-stream.ts'
import { useRecovery } from './use-recovery.ts'

const TAIL_LINES = 300

/** Boxes that are ticked one after the other, and containers that start together, open one stream. */
const SETTLE_MS = 150

/** What these containers write, joined in the order of time; followed, also when one of them runs again. Ends with its scope. */
export function useJoinedLogs(rows: Ref<readonly ContainerRow[]>, pattern: Ref<RegExp | undefined>) {
  const log = new JoinedLog()
  const blocks = shallowRef<readonly LogBlock[]>([])
  const phase = ref<LogPhase>('loading')
  const error = ref('')
  /** Of logs that cannot be read, by container. */
  const failures = shallowRef<ReadonlyMap<string, string>>(new Map())
  let abort = new AbortController()

  function begin(): Promise<void> {
    abort.abort()
    abort = new AbortController()
    log.dropUnfinished()
    return follow(abort.signal)
  }

  async function follow(signal: AbortSignal): Promise<void> {
    try {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
      if (signal.aborted) return
      const wishes = rows.value.map(({ id }) => ({ id, since: afterLast(log.lastTime(id)) ?? '' }))
      if (wishes.length === 0) {
        phase.value = 'ended'
        error.value = ''
        return
      }
      const begunAt = new Date().toISOString()
      const pieces = await followJoinedLogs(wishes, TAIL_LINES, signal)
      phase.value = 'following'
      error.value = ''
      const pace = new LogPace(show, signal)
      for await (const { container, source, text, failure } of pieces) {
        if (signal.aborted) return
        if (failure !== '') failures.value = new Map([...failures.value, [container, failure]])
        else log.append(container, source, text)
        await pace.took(text.length, log.lastTime(container) < begunAt)
      }
      phase.value = 'ended'
    } catch (thrown) {
      if (signal.aborted) return
      phase.value = 'failed'
      error.value = messageOf(thrown)
    }
  }

  function show(): void {
    log.settle()
    blocks.value = log.snapshot()
  }

  // One that runs again has a new end to wait for.
  watch(
    () => rows.value.map(({ id, state }) => `${id} ${isLive(state)}`).join(),
    () => {
      log.keep(new Set(rows.value.map(({ id }) => id)))
      show()
      void begin()
    },
    { immediate: true },
  )
  watch(pattern, (wanted) => {
    log.filter(wanted)
    show()
  })
  useRecovery(error, begin)
  onScopeDispose(() => abort.abort())

  return { blocks, phase, error, failures, retry: begin }
}
