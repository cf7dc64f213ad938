import { computed, ref } from 'vue'

const KEY = 'engineroom-split'
const NARROWEST = 0.3
const WIDEST = 0.75
const STEP = 0.02

/** The share of the width that the side panel has; dragged, or moved by arrow keys, and remembered. */
export function useSplit() {
  const stored = Number(localStorage.getItem(KEY))
  const share = ref(stored >= NARROWEST && stored <= WIDEST ? stored : 0.52)
  const percent = computed(() => Math.round(share.value * 100))

  function set(value: number): void {
    share.value = Math.max(NARROWEST, Math.min(WIDEST, value))
    localStorage.setItem(KEY, String(share.value))
  }

  function onPointerMove(event: PointerEvent): void {
    const handle = event.currentTarget
    if (!(handle instanceof HTMLElement) || !handle.hasPointerCapture(event.pointerId) || !handle.parentElement) return
    const { left, width } = handle.parentElement.getBoundingClientRect()
    set(1 - (event.clientX - left) / width)
  }

  function onPointerDown(event: PointerEvent): void {
    if (event.currentTarget instanceof HTMLElement) event.currentTarget.setPointerCapture(event.pointerId)
  }

  return { share, percent, onPointerDown, onPointerMove, widen: () => set(share.value + STEP), narrow: () => set(share.value - STEP) }
}
