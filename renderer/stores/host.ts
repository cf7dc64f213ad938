import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { chooseHost, type HostChoice, type HostReset, type HostStatus, isDesktop, resetHost, startHost, stopHost, watchHost } from '../api/desktop.ts'
import { messageOf } from '../api/engine-client.ts'
import { useEngine } from './engine.ts'

/** The desktop's view of its engine: whether it runs, where, and how to start it. Nothing of it exists in a browser. */
export const useHost = defineStore('host', () => {
  const engine = useEngine()
  const status = shallowRef<HostStatus | undefined>()
  const isStarting = ref(false)
  const failure = ref('')
  const isStopping = ref(false)
  /** The dialog about it is open. */
  const isChoosing = ref(false)
  /** Of what was asked for in the dialog. */
  const choiceFailure = ref('')
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

  /** @returns whether it is off */
  async function stop(): Promise<boolean> {
    isStopping.value = true
    choiceFailure.value = ''
    try {
      const reply = await stopHost()
      if (reply) status.value = reply
      return true
    } catch (error) {
      choiceFailure.value = messageOf(error)
      return false
    } finally {
      isStopping.value = false
    }
  }

  /** @returns whether it was done */
  async function reset(what: HostReset): Promise<boolean> {
    choiceFailure.value = ''
    try {
      const reply = await resetHost(what)
      if (reply) status.value = reply
      if (reply?.state === 'running') engine.retry()
      return true
    } catch (error) {
      choiceFailure.value = messageOf(error)
      return false
    }
  }

  /** The page is loaded anew when it succeeds. */
  async function choose(choice: HostChoice): Promise<void> {
    choiceFailure.value = ''
    try {
      await chooseHost(choice)
    } catch (error) {
      choiceFailure.value = messageOf(error)
    }
  }

  return { isDesktop, status, isStarting, failure, start, isStopping, isChoosing, choiceFailure, stop, reset, choose }
})
