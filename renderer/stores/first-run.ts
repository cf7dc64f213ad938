import { defineStore } from 'pinia'
import { ref } from 'vue'
import { appSettings, changeApp } from '../api/desktop.ts'

/** The first steps: shown of themselves once, and when somebody asks for them. Never in a browser. */
export const useFirstRun = defineStore('first-run', () => {
  const isOpen = ref(false)

  appSettings().then(
    (settings) => {
      if (settings?.hasSeenFirstRun === false) isOpen.value = true
    },
    () => undefined, // Who cannot be asked has seen them before.
  )

  function close(): void {
    isOpen.value = false
    changeApp({ hasSeenFirstRun: true }).catch((error: unknown) => console.error('the first steps will be shown again:', error))
  }

  return { isOpen, close }
})
