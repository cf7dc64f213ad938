import { onScopeDispose, type Ref, ref, shallowRef, watch } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { useRecovery } from './use-recovery.ts'

/** The engine's full answer about one thing, asked again whenever `version` changes, and until it comes. Ends with its scope. */
export function useInspection<T>(version: Ref<unknown>, ask: (signal: AbortSignal) => Promise<T>) {
  const value = shallowRef<T | undefined>()
  const error = ref('')
  let abort = new AbortController()

  async function load(): Promise<void> {
    abort.abort()
    abort = new AbortController()
    const { signal } = abort
    try {
      const answer = await ask(signal)
      if (signal.aborted) return
      value.value = answer
      error.value = ''
    } catch (thrown) {
      if (!signal.aborted) error.value = messageOf(thrown)
    }
  }

  watch(version, load, { immediate: true })
  useRecovery(error, load)
  onScopeDispose(() => abort.abort())

  return { value, error, load }
}
