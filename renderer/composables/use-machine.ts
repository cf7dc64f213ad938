import { computed, shallowRef, watch } from 'vue'
import { changeMachine, compactMachine, type HostMachine, type HostMachineChange, readMachine } from '../api/desktop.ts'
import { useHost } from '../stores/host.ts'
import { useAttempt } from './use-attempt.ts'

/** What the virtual machine has. How a change goes on is told by the host's work, so that nothing is lost with this page. */
export function useMachine() {
  const host = useHost()
  const machine = shallowRef<HostMachine | undefined>()
  const { isBusy, failure, attempt } = useAttempt()
  const state = computed(() => host.status?.state)
  /** It is off: what is chosen counts from its next start. */
  const isOff = computed(() => state.value === 'stopped' || state.value === 'failed')
  const canChange = computed(() => !isBusy.value && (isOff.value || state.value === 'running'))

  const read = async () => void (machine.value = (await attempt(readMachine)) ?? machine.value)
  const change = async (what: HostMachineChange) => {
    await attempt(() => changeMachine(what))
    if (failure.value === '') await read()
  }
  const compact = () => attempt(compactMachine)

  watch(() => host.status?.work?.phase, read, { immediate: true })

  return { machine, failure, isOff, canChange, change, compact }
}
