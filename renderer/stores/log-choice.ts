import { defineStore } from 'pinia'
import { computed, ref, shallowReactive } from 'vue'
import { isLive } from '../api/containers.ts'
import { useContainers } from './containers.ts'

/** As many as one answer of the engine has room for. */
const MOST = 200

/** Which containers' logs are joined: all that run, and come to run, but those that were taken out. */
export const useLogChoice = defineStore('log-choice', () => {
  const containers = useContainers()
  const takenOut = shallowReactive(new Set<string>())
  const showsStopped = ref(false)
  const pattern = ref('')

  const offered = computed(() => containers.sorted.filter(({ state }) => showsStopped.value || isLive(state)))
  const chosen = computed(() => offered.value.filter(({ id }) => !takenOut.has(id)).slice(0, MOST))

  function toggle(id: string): void {
    if (!takenOut.delete(id)) takenOut.add(id)
  }

  function none(): void {
    for (const { id } of offered.value) takenOut.add(id)
  }

  function only(id: string): void {
    none()
    takenOut.delete(id)
  }

  return {
    offered,
    chosen,
    takenOut,
    showsStopped,
    pattern,
    toggle,
    only,
    all: () => takenOut.clear(),
    none,
  }
})
