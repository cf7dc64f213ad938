import { onScopeDispose, type Ref, shallowRef, watch } from 'vue'
import { type EngineSpending, engineSpending } from '../api/checks.ts'
import { type AppSpending, appSpending } from '../api/desktop.ts'
import { messageOf } from '../api/engine-client.ts'

/** To ask costs something, too. */
const PAUSE_MS = 3000

/** What the product takes now, while somebody looks and the window is seen. Ends with its scope. */
export function useSpending(isLive: Ref<boolean>) {
  const engine = shallowRef<EngineSpending | undefined>()
  /** Of the time between the last two answers; 100 is one core. */
  const enginePercent = shallowRef<number | undefined>()
  const app = shallowRef<AppSpending | undefined>()
  const abort = new AbortController()

  async function look(): Promise<void> {
    if (document.hidden) return
    try {
      app.value = await appSpending()
      if (!isLive.value) return
      const next = await engineSpending(abort.signal)
      const before = engine.value
      const isSameRun = before !== undefined && next.uptimeSeconds > before.uptimeSeconds
      enginePercent.value = isSameRun ? (100 * (next.cpuSeconds - before.cpuSeconds)) / (next.uptimeSeconds - before.uptimeSeconds) : undefined
      engine.value = next
    } catch (error) {
      // The connection's own state says why; the figures that were true stay until there are others.
      if (!abort.signal.aborted) console.debug('spending:', messageOf(error))
    }
  }

  const timer = setInterval(look, PAUSE_MS)
  watch(isLive, look, { immediate: true })
  onScopeDispose(() => {
    clearInterval(timer)
    abort.abort()
  })
  return { engine, enginePercent, app }
}
