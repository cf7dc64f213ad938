import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { type Check, checkEngine } from '../api/checks.ts'
import { checkHost } from '../api/desktop.ts'
import { messageOf } from '../api/engine-client.ts'
import { useRecovery } from './use-recovery.ts'

/** What the engine finds on its machine, and what the desktop finds on this one; each is shown without the other. @param isOthers whether the engine has no such checks. Ends with its scope. */
export function useChecks(isOthers: () => boolean) {
  const ofHost = shallowRef<readonly Check[]>([])
  const ofEngine = shallowRef<readonly Check[]>([])
  const isChecking = ref(false)
  const failure = ref('')
  let abort = new AbortController()

  async function check(): Promise<void> {
    abort.abort()
    abort = new AbortController()
    const { signal } = abort
    isChecking.value = true
    const outcomes = await Promise.allSettled([checkHost(), isOthers() ? [] : checkEngine(signal)])
    if (signal.aborted) return
    const [host, engine] = outcomes
    ofHost.value = host.status === 'fulfilled' ? host.value : []
    ofEngine.value = engine.status === 'fulfilled' ? engine.value : []
    failure.value = outcomes.flatMap((one) => (one.status === 'rejected' ? [messageOf(one.reason)] : [])).join(' ')
    isChecking.value = false
  }

  useRecovery(failure, check)
  onScopeDispose(() => abort.abort())
  return { checks: computed(() => [...ofHost.value, ...ofEngine.value]), isChecking, failure, check }
}
