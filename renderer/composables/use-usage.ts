import { onScopeDispose, type Ref, ref, shallowRef, watch } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { followUsage, type Usage } from '../api/stats.ts'
import { useRecovery } from './use-recovery.ts'

/** How many samples, one a second, are remembered. */
export const REMEMBERED = 300

/** A selection that moves on at once opens no stream. */
const SETTLE_MS = 300

/** What a running container uses, as long as it is on the screen: a hidden window asks for nothing. Ends with its scope. @param id empty for none */
export function useUsage(id: Ref<string>) {
  const samples = shallowRef<readonly Usage[]>([])
  const failure = ref('')
  let abort = new AbortController()

  async function begin(): Promise<void> {
    abort.abort()
    abort = new AbortController()
    const { signal } = abort
    if (failure.value === '') samples.value = []
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
    if (signal.aborted || document.hidden || id.value === '') return
    try {
      const usages = await followUsage(id.value, signal)
      failure.value = ''
      for await (const usage of usages) samples.value = [...samples.value.slice(1 - REMEMBERED), usage]
    } catch (error) {
      if (!signal.aborted) failure.value = messageOf(error)
    }
  }

  function onVisibility(): void {
    if (document.hidden) abort.abort()
    else void begin()
  }

  watch(id, begin, { immediate: true })
  useRecovery(failure, begin)
  document.addEventListener('visibilitychange', onVisibility)
  onScopeDispose(() => {
    abort.abort()
    document.removeEventListener('visibilitychange', onVisibility)
  })

  return { samples, failure }
}
