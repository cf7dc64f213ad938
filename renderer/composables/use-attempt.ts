import { ref } from 'vue'
import { messageOf } from '../api/engine-client.ts'

/** Something that a person asks for: whether it goes on, and why it could not be done. */
export function useAttempt() {
  const isBusy = ref(false)
  const failure = ref('')

  /** @returns what came of it; undefined when it failed, with why in `failure` */
  async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    isBusy.value = true
    failure.value = ''
    try {
      return await work()
    } catch (error) {
      failure.value = messageOf(error)
      return undefined
    } finally {
      isBusy.value = false
    }
  }

  return { isBusy, failure, attempt }
}
