import { onScopeDispose, type Ref, ref, shallowRef, watch } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { volumeSizes } from '../api/volumes.ts'
import { useRecovery } from './use-recovery.ts'

/** What is in each volume, in bytes, as of when the list was looked at: the engine walks through all of them. Ends with its scope. */
export function useVolumeSizes(isLive: Ref<boolean>, names: Ref<readonly string[]>) {
  const sizes = shallowRef<ReadonlyMap<string, number>>(new Map())
  const failure = ref('')
  const abort = new AbortController()

  async function measure(): Promise<void> {
    if (!isLive.value) return
    try {
      sizes.value = await volumeSizes(abort.signal)
      failure.value = ''
    } catch (error) {
      if (!abort.signal.aborted) failure.value = messageOf(error)
    }
  }

  watch([isLive, () => names.value.join()], measure, { immediate: true })
  useRecovery(failure, measure)
  onScopeDispose(() => abort.abort())
  return { sizes, failure }
}
