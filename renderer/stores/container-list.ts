import { defineStore } from 'pinia'
import { computed, ref, shallowReactive, shallowRef } from 'vue'
import { isLive, type Verb } from '../api/containers.ts'
import type { ContainerRow } from '../api/types.ts'
import { matchesFilter } from '../text/container-face.ts'
import { containerLines, NEWEST_FIRST, nextOrder, type OrderKey } from '../text/container-lines.ts'
import { useContainers } from './containers.ts'

const runs = ({ state }: ContainerRow) => isLive(state) || state === 'restarting'

/** Whether a container is one with which the verb does something. */
const APPLIES: Readonly<Record<Verb, (row: ContainerRow) => boolean>> = {
  start: (row) => !runs(row),
  stop: runs,
  restart: runs,
  pause: ({ state }) => state === 'running',
  unpause: ({ state }) => state === 'paused',
  remove: () => true,
}

/** The list of containers as a person has it: filter, order, what is folded away, and what is chosen to be acted on together. */
export const useContainerList = defineStore('container-list', () => {
  const containers = useContainers()
  const filter = ref('')
  const order = shallowRef(NEWEST_FIRST)
  const folded = shallowReactive(new Set<string>())
  const marked = shallowReactive(new Set<string>())
  const isActing = ref(false)
  /** Of what was asked last of several: those that did not do it, and why. */
  const failed = shallowRef<readonly { readonly name: string; readonly message: string }[]>([])

  const shown = computed(() => containers.sorted.filter((row) => matchesFilter(row, filter.value)))
  const lines = computed(() => containerLines(shown.value, order.value, folded))
  /** What one does not see one does not act on. */
  const chosen = computed(() => shown.value.filter(({ id }) => marked.has(id)))

  /** All of them, or if all are chosen already, none. */
  function toggle(rows: readonly ContainerRow[]): void {
    const isWhole = rows.every(({ id }) => marked.has(id))
    for (const { id } of rows) isWhole ? marked.delete(id) : marked.add(id)
  }

  function fold(project: string): void {
    if (!folded.delete(project)) folded.add(project)
  }

  function sortBy(key: OrderKey): void {
    order.value = nextOrder(order.value, key)
  }

  const eligible = (rows: readonly ContainerRow[], verb: Verb) => rows.filter(APPLIES[verb])

  /** Asks the engine for all of them at once; why some did not do it is in `failed`. */
  async function act(rows: readonly ContainerRow[], verb: Verb): Promise<void> {
    isActing.value = true
    failed.value = []
    const asked = eligible(rows, verb)
    await Promise.all(asked.map(({ id }) => containers.act(id, verb)))
    failed.value = asked.flatMap(({ id, name }) => {
      const failure = containers.failures.get(id)
      return failure ? [{ name, message: failure.message }] : []
    })
    isActing.value = false
  }

  return { filter, order, folded, marked, shown, lines, chosen, isActing, failed, toggle, fold, sortBy, eligible, act, clear: () => marked.clear() }
})
