import { defineStore } from 'pinia'
import { computed, ref, watchEffect } from 'vue'

export type Theme = 'system' | 'light' | 'dark'

const THEMES: readonly Theme[] = ['system', 'light', 'dark']
const KEY = 'engineroom-theme'

/** Light or dark: as the system says, or as the person chose. */
export const useTheme = defineStore('theme', () => {
  const choice = ref<Theme>(THEMES.find((one) => one === localStorage.getItem(KEY)) ?? 'system')
  const system = window.matchMedia('(prefers-color-scheme: dark)')
  const systemIsDark = ref(system.matches)
  system.addEventListener('change', ({ matches }) => {
    systemIsDark.value = matches
  })
  const shown = computed(() => (choice.value === 'system' ? (systemIsDark.value ? 'dark' : 'light') : choice.value))

  watchEffect(() => {
    document.documentElement.dataset.theme = choice.value
    localStorage.setItem(KEY, choice.value)
  })

  /** To the other of light and dark; back to the system's choice where that is the same. */
  function toggle(): void {
    const next = shown.value === 'dark' ? 'light' : 'dark'
    choice.value = (next === 'dark') === systemIsDark.value ? 'system' : next
  }

  return { choice, shown, toggle }
})
