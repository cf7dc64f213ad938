import { onScopeDispose, type Ref, watch } from 'vue'

const FIRST_PAUSE_MS = 1000
const LAST_PAUSE_MS = 15_000

/**
 * Asks again for what was asked for in vain, with growing pauses, as long as it is on show and the window is seen. Ends with its scope.
 * @param failure empty when it has come; stays what it is while it is asked for again, so that a note about it stands still
 */
export function useRecovery(failure: Readonly<Ref<string>>, ask: () => Promise<unknown>): void {
  let pauseMs = FIRST_PAUSE_MS
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOver = false

  function plan(): void {
    clearTimeout(timer)
    timer = setTimeout(again, pauseMs)
  }

  async function again(): Promise<void> {
    pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS)
    if (!document.hidden) await ask()
    // What was asked for may be a stream, which ends with the scope.
    if (failure.value !== '' && !isOver) plan()
  }

  watch(
    () => failure.value !== '',
    (hasFailed) => {
      clearTimeout(timer)
      pauseMs = FIRST_PAUSE_MS
      if (hasFailed) plan()
    },
  )
  onScopeDispose(() => {
    isOver = true
    clearTimeout(timer)
  })
}
