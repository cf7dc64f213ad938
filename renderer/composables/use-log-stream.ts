import { onScopeDispose, type Ref, ref, shallowRef, watch } from 'vue'
import { followLogs } from '../api/containers.ts'
import { messageOf } from '../api/engine-client.ts'
import type { LogBlock } from '../logs/log-blocks.ts'
import { LogBuffer, MAX_LINES } from '../logs/log-buffer.ts'
import { LogPace } from './log-pace.ts'
import { useRecovery } from './use-recovery.ts'

const TAIL_LINES = 1000

/** A selection that moves on at once (arrow keys through the list) opens no stream. */
const SETTLE_MS = 80

/** A container that was restarted is followed on after this pause. */
const RESUME_MS = 1000

export type LogPhase = 'loading' | 'following' | 'ended' | 'failed'

/**
 * The log of a container, its last lines first, followed while `id` is set; a container that ended and runs again is taken up where its log
 * was left. Ends with its scope.
 */
export function useLogStream(id: Ref<string>, isRunning: Ref<boolean>, pattern: Ref<RegExp | undefined>) {
  const blocks = shallowRef<readonly LogBlock[]>([])
  const phase = ref<LogPhase>('loading')
  const error = ref('')
  /** Whether there may be earlier lines than those that were asked for. */
  const isPartial = ref(false)
  let buffer = new LogBuffer()
  let tail = TAIL_LINES
  let abort = new AbortController()

  function begin(): Promise<void> {
    abort.abort()
    abort = new AbortController()
    // One that cannot be read says so until it can.
    if (phase.value !== 'failed') phase.value = 'loading'
    return follow(abort.signal)
  }

  function restart(from: number): void {
    tail = from
    isPartial.value = false
    buffer = new LogBuffer()
    buffer.filter(pattern.value)
    void begin()
  }

  async function follow(signal: AbortSignal): Promise<void> {
    const begunAt = new Date().toISOString()
    const pace = new LogPace(show, signal)
    try {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
      if (signal.aborted) return
      const pieces = await followLogs({ id: id.value, tail: buffer.isEmpty ? tail : MAX_LINES, since: afterLast(buffer.lastTime), signal })
      phase.value = 'following'
      error.value = ''
      for await (const piece of pieces) {
        if (signal.aborted) return
        buffer.append(piece)
        await pace.took(piece.bytes.length, buffer.lastTime < begunAt)
      }
      phase.value = 'ended'
      setTimeout(() => resume(signal), RESUME_MS)
    } catch (thrown) {
      if (signal.aborted) return
      buffer.dropUnfinished()
      phase.value = 'failed'
      error.value = messageOf(thrown)
    }
    await pace.draw()
  }

  /** The log of a run ended; if there is another run by now, or as soon as there is one, its log follows. */
  function resume(signal: AbortSignal): void {
    if (!signal.aborted && phase.value === 'ended' && isRunning.value) void begin()
  }

  function show(): void {
    blocks.value = buffer.snapshot()
    isPartial.value = tail < MAX_LINES && buffer.lineCount >= tail
  }

  watch(
    id,
    () => {
      blocks.value = []
      restart(TAIL_LINES)
    },
    { immediate: true },
  )
  watch(pattern, (wanted) => {
    buffer.filter(wanted)
    show()
  })
  watch(isRunning, (runs) => {
    if (runs && (phase.value === 'ended' || phase.value === 'failed')) void begin()
  })
  useRecovery(error, begin)
  onScopeDispose(() => abort.abort())

  return { blocks, phase, error, isPartial, retry: begin, showAll: () => restart(MAX_LINES) }
}

/** One nanosecond later: `since` includes its own moment. */
export function afterLast(time: string): string | undefined {
  const found = /^(.*)\.(\d+)(Z|[+-]\d\d:\d\d)$/.exec(time)
  if (!found) return undefined
  const nanoseconds = String(Number((found[2] ?? '').padEnd(9, '0')) + 1).padStart(9, '0')
  return nanoseconds.length > 9 ? time : `${found[1]}.${nanoseconds}${found[3]}`
}
