import { computed, type Ref, watch } from 'vue'
import { useLiveUsage } from '../stores/live-usage.ts'

/** The last minute of a container, as long as the scope lives. */
export function useLiveSamples(id: Ref<string>) {
  const usage = useLiveUsage()
  watch(id, (one, _, onCleanup) => onCleanup(usage.look(one)), { immediate: true })
  return computed(() => usage.samples.get(id.value) ?? [])
}
