import { onScopeDispose, ref } from 'vue'

const TICK_MS = 30_000

/** The time, for texts like "3 min ago"; it stands still, and nothing wakes for it, while the window is hidden. */
export function useNow(tickMs = TICK_MS) {
  const now = ref(Date.now())
  let timer: ReturnType<typeof setInterval> | undefined
  const tick = () => {
    now.value = Date.now()
  }
  const follow = () => {
    clearInterval(timer)
    if (document.hidden) return
    tick()
    timer = setInterval(tick, tickMs)
  }
  follow()
  document.addEventListener('visibilitychange', follow)
  onScopeDispose(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', follow)
  })
  return now
}
