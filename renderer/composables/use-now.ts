import { onScopeDispose, ref } from 'vue'

const TICK_MS = 30_000

/** The time, for texts like "3 min ago"; it stands still while the window is hidden. */
export function useNow(tickMs = TICK_MS) {
  const now = ref(Date.now())
  const tick = () => {
    if (!document.hidden) now.value = Date.now()
  }
  const timer = setInterval(tick, tickMs)
  document.addEventListener('visibilitychange', tick)
  onScopeDispose(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', tick)
  })
  return now
}
