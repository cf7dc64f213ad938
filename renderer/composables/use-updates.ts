import { onScopeDispose, ref, shallowRef } from 'vue'
import { fetchUpdate, installUpdate, lookForUpdate, type UpdateStatus, updateStatus, watchUpdates } from '../api/desktop.ts'
import { messageOf } from '../api/engine-client.ts'

/** What is known of newer versions of this program, as it changes. Ends with its scope. */
export function useUpdates() {
  const status = shallowRef<UpdateStatus | undefined>()
  const failure = ref('')

  async function take(work: () => Promise<UpdateStatus | undefined>): Promise<void> {
    failure.value = ''
    try {
      status.value = await work()
    } catch (error) {
      failure.value = messageOf(error)
    }
  }

  onScopeDispose(
    watchUpdates((changed) => {
      status.value = changed
    }),
  )
  void take(updateStatus)
  return { status, failure, look: () => take(lookForUpdate), fetch: () => take(fetchUpdate), install: () => take(installUpdate) }
}
