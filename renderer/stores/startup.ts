import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'
import { appSpending } from '../api/desktop.ts'
import { useContainers } from './containers.ts'

/** From the click to the list of containers on the screen; in a browser, from the request for the page. */
export interface Startup {
  readonly ms: number
  readonly isOfApp: boolean
}

/** A page that is loaded anew tells of the start before it, not of itself. */
const KEY = 'engineroom-startup'

export const useStartup = defineStore('startup', () => {
  const containers = useContainers()
  const startup = shallowRef<Startup | undefined>(kept())

  async function note(): Promise<void> {
    const shownAtMs = performance.timeOrigin + performance.now()
    const launchedAtMs = (await appSpending().catch(() => undefined))?.launchedAtMs // It is a figure to look at: nothing depends on it.
    startup.value = { ms: Math.round(shownAtMs - (launchedAtMs ?? performance.timeOrigin)), isOfApp: launchedAtMs !== undefined }
    sessionStorage.setItem(KEY, JSON.stringify(startup.value))
  }

  if (!startup.value)
    watch(
      () => containers.isLoaded,
      // The second frame begins when the first has been drawn.
      () => requestAnimationFrame(() => requestAnimationFrame(() => void note())),
      { once: true, flush: 'post' },
    )

  return { startup }
})

function kept(): Startup | undefined {
  const text = sessionStorage.getItem(KEY)
  return text === null ? undefined : JSON.parse(text)
}
