import { computed, onScopeDispose, type Ref, reactive, ref, shallowRef, watch } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { applySettings, type Change, planSettings, readSettings, restartEngine, type Settings } from '../api/settings.ts'
import { changedValues, fieldText } from '../text/settings-form.ts'
import { useRecovery } from './use-recovery.ts'

/** Who types is not told after each letter. */
const SETTLE_MS = 250

/** daemon.json as fields: what differs from the file is checked by the engine as one types, and written when one applies. Ends with its scope. */
export function useSettings(isLive: Ref<boolean>) {
  const settings = shallowRef<Settings | undefined>()
  const fields = reactive<Record<string, string>>({})
  const changes = shallowRef<readonly Change[]>([])
  /** What is wrong with what was typed, in the engine's words. */
  const fault = ref('')
  const failure = ref('')
  /** Why they could not be read. */
  const readFailure = ref('')
  const isBusy = ref(false)
  let abort = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined

  const changed = computed(() => changedValues(settings.value?.settings ?? [], fields))
  const isChanged = computed(() => Object.keys(changed.value).length > 0)
  const isWaiting = computed(() => settings.value?.isWaiting ?? false)

  async function load(): Promise<void> {
    abort.abort()
    abort = new AbortController()
    const { signal } = abort
    try {
      const read = await readSettings(signal)
      settings.value = read
      for (const setting of read.settings) fields[setting.key] = fieldText(setting)
      readFailure.value = ''
    } catch (error) {
      if (!signal.aborted) readFailure.value = messageOf(error)
    }
  }

  async function plan(): Promise<void> {
    abort.abort()
    abort = new AbortController()
    const { signal } = abort
    try {
      const planned = isChanged.value ? await planSettings(changed.value, signal) : []
      if (signal.aborted) return
      changes.value = planned
      fault.value = ''
    } catch (error) {
      if (signal.aborted) return
      changes.value = []
      fault.value = messageOf(error)
    }
  }

  async function act(work: () => Promise<unknown>): Promise<void> {
    isBusy.value = true
    failure.value = ''
    try {
      await work()
      await load()
    } catch (error) {
      failure.value = messageOf(error)
    } finally {
      isBusy.value = false
    }
  }

  watch(changed, (next, before) => {
    if (JSON.stringify(next) === JSON.stringify(before)) return
    clearTimeout(timer)
    changes.value = []
    timer = setTimeout(plan, isChanged.value ? SETTLE_MS : 0)
  })
  watch(
    isLive,
    (live) => {
      if (live && !isChanged.value) void load()
    },
    { immediate: true },
  )
  // Who is typing keeps what was typed.
  useRecovery(readFailure, async () => {
    if (isLive.value && !isChanged.value) await load()
  })
  onScopeDispose(() => {
    clearTimeout(timer)
    abort.abort()
  })

  return {
    settings,
    fields,
    changes,
    fault,
    failure,
    readFailure,
    isBusy,
    isChanged,
    isWaiting,
    discard: load,
    apply: () => act(() => applySettings(changed.value)),
    restart: () => act(restartEngine),
  }
}
