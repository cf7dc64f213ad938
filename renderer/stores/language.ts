import { defineStore } from 'pinia'
import { computed, ref, watch, watchEffect } from 'vue'
import { changeApp } from '../api/desktop.ts'
import { messageOf } from '../api/engine-client.ts'
import { LANGUAGE_CHOICES, type LanguageChoice, languageFor } from '../language/language.ts'
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
  watch(choice, (chosen) => {
    localStorage.setItem(KEY, chosen)
    // An administrator may have said what the desktop speaks; the page is the person's.
    changeApp({ language: chosen }).catch((error: unknown) => console.debug('language of the desktop:', messageOf(error)))
  })

  return { choice, shown }
})
