import { computed, onMounted, onScopeDispose, type Ref, ref, type ShallowRef } from 'vue'

/** Rows kept ready above and below what is seen. */
const OVERSCAN = 8

/** Which rows of a long list are worth drawing: those that are seen, for rows of one height. */
export function useVirtualRows(viewport: Readonly<ShallowRef<HTMLElement | null>>, count: Ref<number>, rowHeight: number) {
  const scrollTop = ref(0)
  const height = ref(0)
  const first = computed(() => Math.max(0, Math.min(Math.floor(scrollTop.value / rowHeight) - OVERSCAN, count.value)))
  const last = computed(() => Math.min(count.value, Math.ceil((scrollTop.value + height.value) / rowHeight) + OVERSCAN))
  const observer = new ResizeObserver(() => {
    height.value = viewport.value?.clientHeight ?? 0
  })

  onMounted(() => {
    if (viewport.value) observer.observe(viewport.value)
  })
  onScopeDispose(() => observer.disconnect())

  function onScroll(): void {
    scrollTop.value = viewport.value?.scrollTop ?? 0
  }

  /** Scrolls just far enough that a row is seen whole. `headHeight` covers the top of the viewport. */
  function reveal(index: number, headHeight: number): void {
    const element = viewport.value
    if (!element) return
    const top = index * rowHeight
    if (top < element.scrollTop) element.scrollTop = top
    else if (top + rowHeight + headHeight > element.scrollTop + element.clientHeight) element.scrollTop = top + rowHeight + headHeight - element.clientHeight
  }

  return { first, last, onScroll, reveal }
}
