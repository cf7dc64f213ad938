import { onScopeDispose, type Ref, ref, shallowRef, watch } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { followEngineLog, type LogLevel } from '../api/engine-log.ts'
import { EngineLog } from '../logs/engine-log.ts'
import type { LogBlock } from '../logs/log-blocks.ts'
import { say } from '../text/say.ts'
import { LogPace } from './log-pace.ts'
import type { LogPhase } from './use-log-stream.ts'
import { useRecovery } from './use-recovery.ts'

/** The engine's own log, followed; taken up again by itself where it broke off, also by an engine that was started anew. Ends with its scope. */
export function useEngineLog(isLive: Ref<boolean>, lowest: Ref<LogLevel>, pattern: Ref<RegExp | undefined>) {
  const log = new EngineLog()
  const blocks = shallowRef<readonly LogBlock[]>([])
  const phase = ref<LogPhase>('loading')
  const error = ref('')
  let abort = new AbortController()

  async function follow(): Promise<void> {
    abort.abort()
    abort = new AbortController()
    const { signal } = abort
    const pace = new LogPace(show, signal)
    try {
      const entries = await followEngineLog(signal)
      phase.value = 'following'
      error.value = ''
      for await (const entry of entries) {
        if (signal.aborted) return
        log.add(entry)
        await pace.took(entry.message.length)
      }
      throw new Error(say('The engine ended the record.'))
    } catch (thrown) {
      if (signal.aborted) return
      phase.value = 'failed'
      error.value = messageOf(thrown)
    }
  }

  function show(): void {
    blocks.value = log.snapshot()
  }

  watch(
    isLive,
    (live) => {
      if (live) void follow()
    },
    { immediate: true },
  )
  watch([lowest, pattern], () => {
    log.filter(lowest.value, pattern.value)
    show()
  })
  useRecovery(error, follow)
  onScopeDispose(() => abort.abort())

  return { blocks, phase, error, retry: follow, textShown: () => log.text() }
}
