import { computed, onScopeDispose, type Ref, ref, shallowRef, watch } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { type LocalRegistry, type Login, listLogins, localRegistry, logIn, logOut, switchLocalRegistry } from '../api/registries.ts'
import { registryRows } from '../text/registry-words.ts'
import { useRecovery } from './use-recovery.ts'

/** Which registries there are, and who one is there. @param isOthers whether the engine has no registry of its own. Ends with its scope. */
export function useRegistries(isLive: Ref<boolean>, isOthers: Ref<boolean>) {
  const local = shallowRef<LocalRegistry | undefined>()
  const logins = shallowRef<readonly Login[]>([])
  const failure = ref('')
  /** Why they are not known. */
  const loadFailure = ref('')
  const isBusy = ref(false)
  const abort = new AbortController()

  /** @returns whether it went well */
  async function act(work: () => Promise<unknown>): Promise<boolean> {
    isBusy.value = true
    failure.value = ''
    try {
      await work()
      return true
    } catch (error) {
      if (!abort.signal.aborted) failure.value = messageOf(error)
      return false
    } finally {
      isBusy.value = false
    }
  }

  async function load(): Promise<void> {
    try {
      logins.value = await listLogins()
      if (isLive.value && !isOthers.value) local.value = await localRegistry(abort.signal)
      loadFailure.value = ''
    } catch (error) {
      if (!abort.signal.aborted) loadFailure.value = messageOf(error)
    }
  }

  watch(isLive, load, { immediate: true })
  useRecovery(loadFailure, load)
  onScopeDispose(() => abort.abort())

  return {
    local,
    failure,
    loadFailure,
    isBusy,
    rows: computed(() => registryRows(local.value, logins.value)),
    switchLocal: (isOn: boolean) =>
      act(async () => {
        local.value = await switchLocalRegistry(isOn)
      }),
    logIn: (server: string, username: string, password: string) =>
      act(async () => {
        await logIn(server, username, password)
        await load()
      }),
    logOut: (server: string) =>
      act(async () => {
        await logOut(server)
        await load()
      }),
  }
}
