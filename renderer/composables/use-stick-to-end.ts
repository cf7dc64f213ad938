import { nextTick, onMounted, onScopeDispose, type Ref, ref, type ShallowRef, watch } from 'vue'

/** So near to the end that one means the end. */
const SLACK_PX = 24

/** Keeps a growing text scrolled to its end, until the person scrolls up; going back to the end holds on again. */
export function useStickToEnd(viewport: Readonly<ShallowRef<HTMLElement | null>>, content: Ref<unknown>) {
  const isStuck = ref(true)
  const observer = new ResizeObserver(() => {
    if (isStuck.value) toEnd()
  })

  function toEnd(): void {
    isStuck.value = true
    const element = viewport.value
    if (element) element.scrollTop = element.scrollHeight
  }

  let lastTop = 0
  function onScroll(): void {
    const element = viewport.value
    if (!element) return
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < SLACK_PX
    // Lines that come in push the end away; only a move upwards is the person's wish to read.
    if (isAtEnd) isStuck.value = true
    else if (element.scrollTop < lastTop) isStuck.value = false
    lastTop = element.scrollTop
  }

  watch(content, async () => {
    if (!isStuck.value) return
    await nextTick()
    toEnd()
  })
  onMounted(() => {
    if (viewport.value) observer.observe(viewport.value)
  })
  onScopeDispose(() => observer.disconnect())

  return { isStuck, toEnd, onScroll }
}
