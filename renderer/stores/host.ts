import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { type HostStatus, isDesktop, startHost, watchHost } from '../api/desktop.ts'
import { messageOf } from '../api/engine-client.ts'
import { useEngine } from './engine.ts'

/** The desktop's view of its engine: whether it runs, where, and how to start it. Nothing of it exists in a browser. */
export const useHost = defineStore('host', () => {
  const engine = useEngine()
  const status = shallowRef<HostStatus | undefined>()
  const isStarting = ref(false)
  const failure = ref('')
  watchHost((changed) => {
    const wasRunning = status.value?.state === 'running'
    status.value = changed
    if (!wasRunning && changed.state === 'running') engine.retry()
  })

  async function start(): Promise<void> {
    isStarting.value = true
    failure.value = ''
    try {
      const reply = await startHost()
      if (reply) status.value = reply
      if (reply?.state === 'running') engine.retry()
    } catch (error) {
      failure.value = messageOf(error)
    } finally {
      isStarting.value = false
    }
  }

  return { isDesktop, status, isStarting, failure, start }
})
