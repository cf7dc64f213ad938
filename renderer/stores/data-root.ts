import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { type DataUsage, measureData, type PrunePlan, planPrune } from '../api/data-root.ts'
import { messageOf } from '../api/engine-client.ts'
import { useEngine } from './engine.ts'
import { isActive } from './task.ts'
import { useTasks } from './tasks.ts'

/**
 * What the data directory holds. To measure it the engine walks all of it, so it is measured when somebody asks, not at each
 * event; that something happened since is known.
 */
export const useDataRoot = defineStore('data-root', () => {
  const engine = useEngine()
  const usage = shallowRef<DataUsage | undefined>()
  const measuredAtMs = ref(0)
  const eventsThen = ref(0)
  const isMeasuring = ref(false)
  const failure = ref('')
  const choice = ref({ all: false, volumes: false })
  const plan = shallowRef<PrunePlan | undefined>()
  const planFailure = ref('')
  const tasks = useTasks()
  /** Whichever window began it. */
  const pruning = computed(() => tasks.list.find(({ kind }) => kind === 'prune'))
  const isPruning = computed(() => pruning.value !== undefined && isActive(pruning.value))
  const reclaimedBytes = computed(() => pruning.value?.progress.reclaimedBytes)
  let measuring = new AbortController()
  let planning = new AbortController()

  const isOutdated = computed(() => usage.value !== undefined && engine.eventCount !== eventsThen.value)

  /** Measures, and plans what could go. */
  async function measure(): Promise<void> {
    measuring.abort()
    measuring = new AbortController()
    const { signal } = measuring
    isMeasuring.value = true
    const events = engine.eventCount
    void makePlan()
    try {
      const found = await measureData(signal)
      if (signal.aborted) return
      usage.value = found
      measuredAtMs.value = Date.now()
      eventsThen.value = events
      failure.value = ''
    } catch (error) {
      if (!signal.aborted) failure.value = messageOf(error)
    }
    if (!signal.aborted) isMeasuring.value = false
  }

  async function makePlan(): Promise<void> {
    planning.abort()
    planning = new AbortController()
    const { signal } = planning
    try {
      const found = await planPrune(choice.value, signal)
      if (signal.aborted) return
      plan.value = found
      planFailure.value = ''
    } catch (error) {
      if (!signal.aborted) planFailure.value = messageOf(error)
    }
  }

  /** Removes what the plan that was shown says. */
  function prune(shown: PrunePlan): void {
    tasks.prune(choice.value, shown)
  }

  watch(choice, makePlan, { deep: true })
  watch(isPruning, (isGoingOn) => {
    if (!isGoingOn && usage.value) void measure()
  })

  return { usage, measuredAtMs, isMeasuring, isOutdated, failure, choice, plan, planFailure, isPruning, reclaimedBytes, measure, makePlan, prune }
})
