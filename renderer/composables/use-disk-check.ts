import { onScopeDispose, type Ref, shallowRef, watch } from 'vue'
import { type Check, checkDisk } from '../api/checks.ts'
import { messageOf } from '../api/engine-client.ts'

/** A disk fills slower than anybody reads. */
const PAUSE_MS = 20_000

/** How much room the engine has, asked now and then while the window is seen, and at each step in it. Ends with its scope. @param isAsked whether the engine is there and has such a check @param step changes when a person goes somewhere */
export function useDiskCheck(isAsked: Ref<boolean>, step: Ref<unknown>) {
  const disk = shallowRef<Check | undefined>()
  const abort = new AbortController()

  async function look(): Promise<void> {
    if (!isAsked.value || document.hidden) return
    try {
      disk.value = await checkDisk(abort.signal)
    } catch (error) {
      // An engine older than this window has no such route; Troubleshoot lists what can be checked.
      if (!abort.signal.aborted) console.debug('disk:', messageOf(error))
    }
  }

  const timer = setInterval(look, PAUSE_MS)
  watch([isAsked, step], look, { immediate: true })
  onScopeDispose(() => {
    clearInterval(timer)
    abort.abort()
  })
  return disk
}
