import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { type ConfigurationFile, type FilePlan, planConfigurationFile, readConfigurationFile, saveConfigurationFile } from '../api/configuration-file.ts'
import { messageOf } from '../api/engine-client.ts'

/** Who types is not told after each letter. */
const SETTLE_MS = 250

const NO_PLAN: FilePlan = { faults: [], changes: [], warnings: [] }

/** daemon.json as a whole, checked by the engine as one types. Ends with its scope. */
export function useConfigurationFile() {
  const file = shallowRef<ConfigurationFile | undefined>()
  const text = ref('')
  const plan = shallowRef(NO_PLAN)
  const failure = ref('')
  const isBusy = ref(false)
  /** What is shown of the plan is of what stands there. */
  const isChecked = ref(true)
  let abort = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined

  const isChanged = computed(() => file.value !== undefined && text.value !== file.value.text)

  async function read(): Promise<void> {
    failure.value = ''
    try {
      file.value = await readConfigurationFile(fresh())
      text.value = file.value.text
    } catch (error) {
      failure.value = messageOf(error)
    }
  }

  async function check(): Promise<void> {
    const signal = fresh()
    try {
      const found = isChanged.value ? await planConfigurationFile(text.value, signal) : NO_PLAN
      if (signal.aborted) return
      plan.value = found
      isChecked.value = true
    } catch (error) {
      if (!signal.aborted) failure.value = messageOf(error)
    }
  }

  async function save(): Promise<void> {
    if (!file.value) return
    isBusy.value = true
    failure.value = ''
    try {
      const done = await saveConfigurationFile(text.value, file.value.text)
      if (done.faults.length === 0) await read()
      else plan.value = done
    } catch (error) {
      failure.value = messageOf(error)
    } finally {
      isBusy.value = false
    }
  }

  function fresh(): AbortSignal {
    abort.abort()
    abort = new AbortController()
    return abort.signal
  }

  watch(text, () => {
    clearTimeout(timer)
    isChecked.value = false
    timer = setTimeout(check, isChanged.value ? SETTLE_MS : 0)
  })
  onScopeDispose(() => {
    clearTimeout(timer)
    abort.abort()
  })
  void read()

  return { file, text, plan, failure, isBusy, isChecked, isChanged, read, save }
}
