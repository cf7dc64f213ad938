import { defineStore } from 'pinia'
import { computed, ref, watchEffect } from 'vue'
import { LANGUAGE_CHOICES, type LanguageChoice, languageFor } from '../../language/language.ts'
import { language } from '../text/say.ts'

const KEY = 'engineroom-language'

/** What the window speaks: what the system does, or what the person chose. The desktop is told, for its menu and tray. */
export const useLanguage = defineStore('language', () => {
  const choice = ref<LanguageChoice>(LANGUAGE_CHOICES.find((one) => one === localStorage.getItem(KEY)) ?? 'system')
  const system = ref(navigator.languages)
  window.addEventListener('languagechange', () => {
    system.value = navigator.languages
  })
  const shown = computed(() => languageFor(choice.value, system.value))

  watchEffect(() => {
    language.value = shown.value
    document.documentElement.lang = shown.value
  })
  watchEffect(() => {
    localStorage.setItem(KEY, choice.value)
  })

  return { choice, shown }
})
