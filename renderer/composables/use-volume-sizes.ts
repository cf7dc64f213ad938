import { onScopeDispose, type Ref, shallowRef, watch } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { volumeSizes } from '../api/volumes.ts'

/** What is in each volume, in bytes, as of when the list was looked at: the engine walks through all of them. Ends with its scope. */
export function useVolumeSizes(isLive: Ref<boolean>, names: Ref<readonly string[]>) {
  const sizes = shallowRef<ReadonlyMap<string, number>>(new Map())
  const abort = new AbortController()

  async function measure(): Promise<void> {
    if (!isLive.value) return
    try {
      sizes.value = await volumeSizes(abort.signal)
    } catch (error) {
      // A list without sizes is a list; that the engine is away is told elsewhere.
      if (!abort.signal.aborted) console.debug('sizes of volumes:', messageOf(error))
    }
  }

  watch([isLive, () => names.value.join()], measure, { immediate: true })
  onScopeDispose(() => abort.abort())
  return { sizes, measure }
}
