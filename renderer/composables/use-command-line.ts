import { onScopeDispose, type Ref, ref, shallowRef, watch } from 'vue'
import { type CommandLinePart, changeCommandLine, lookAtCommandLine } from '../api/desktop.ts'
import { messageOf } from '../api/engine-client.ts'

/** What is set up for the command line of this computer. @param looksAgain also when a person comes back to the window, from a shell perhaps. Ends with its scope. */
export function useCommandLine(socketPath: Ref<string>, looksAgain: boolean) {
  const parts = shallowRef<readonly CommandLinePart[]>([])
  const failure = ref('')
  /** The part that is being changed. */
  const busy = ref<CommandLinePart['id'] | undefined>()

  async function take(work: () => Promise<readonly CommandLinePart[]>): Promise<void> {
    try {
      parts.value = await work()
    } catch (error) {
      failure.value = messageOf(error)
    }
  }

  async function change({ id, deed }: CommandLinePart): Promise<void> {
    if (!deed) return
    busy.value = id
    failure.value = ''
    await take(() => changeCommandLine(id, deed))
    if (failure.value) await take(lookAtCommandLine)
    busy.value = undefined
  }

  const look = () => void take(lookAtCommandLine)
  watch(socketPath, look, { immediate: true })
  if (looksAgain) window.addEventListener('focus', look)
  onScopeDispose(() => window.removeEventListener('focus', look))
  return { parts, failure, busy, change }
}
