import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { CONTAINER_TABS, type ContainerTab, formatPlace, parsePlace, type View } from '../text/place.ts'

/** Where the person is in the window; it lives in the address, so that back, forward and reload work. */
export const usePlace = defineStore('place', () => {
  const place = ref(parsePlace(window.location.hash))
  window.addEventListener('popstate', () => {
    place.value = parsePlace(window.location.hash)
  })

  /** Goes to a view, or to one thing in it. `replace` leaves no step for "back" (moving through a list). */
  function go(view: View, item = '', tab = '', options: { replace?: boolean } = {}): void {
    const next = { view, item, tab }
    const hash = formatPlace(next)
    if (options.replace) window.history.replaceState(null, '', hash)
    else if (hash !== window.location.hash) window.history.pushState(null, '', hash)
    place.value = next
  }

  /** Goes where an address leads. */
  function goTo(hash: string): void {
    const { view, item, tab } = parsePlace(hash)
    go(view, item, tab)
  }

  const view = computed(() => place.value.view)
  const item = computed(() => place.value.item)
  const tab = computed(() => place.value.tab)
  const containerTab = computed((): ContainerTab => CONTAINER_TABS.find((one) => one === tab.value) ?? 'logs')
  return { view, item, tab, containerTab, go, goTo }
})
