import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { followMove, forgetMove, type MoveNews } from '../api/data-move.ts'
import { CallError, messageOf } from '../api/engine-client.ts'
import { moveStageWord } from '../text/task-words.ts'
import { useEngine } from './engine.ts'
import type { Task } from './task.ts'
import { NO_PROGRESS, type TaskState } from './task-state.ts'

/** What answers while the data is under way: everything but how far it is. */
const UNAVAILABLE = 503

/** The way of the data directory, whoever sent it. Who loads the page anew finds it; once it has ended, until somebody has dismissed it. */
export const useDataMove = defineStore('data-move', () => {
  const engine = useEngine()
  const news = shallowRef<MoveNews | undefined>()
  let following = new AbortController()
  const task = computed((): Task | undefined => news.value && taskOf(news.value))

  async function follow(): Promise<void> {
    following.abort()
    following = new AbortController()
    const { signal } = following
    try {
      for await (const one of followMove(signal)) if (!signal.aborted) news.value = one
    } catch (error) {
      // The engine begins anew before and after its data go, or went away; then it is asked again. One that is not ours knows of none.
      if (!signal.aborted && !(error instanceof CallError)) throw error
    }
  }

  async function dismiss(): Promise<void> {
    try {
      await forgetMove()
      news.value = undefined
    } catch (error) {
      news.value = { to: '', failure: messageOf(error) }
    }
  }

  watch(
    () => !engine.isOthers && (engine.isLive ? 'live' : engine.reason?.status === UNAVAILABLE && 'moving'),
    (isAsked) => {
      if (isAsked) void follow()
      else following.abort()
    },
    { immediate: true },
  )

  return { task, dismiss }
})

function taskOf(news: MoveNews): Task {
  const end = 'stage' in news ? undefined : news
  const progress: TaskState = {
    ...NO_PROGRESS,
    layers: 'stage' in news ? [{ id: '', status: moveStageWord(news.stage), currentBytes: news.currentBytes, totalBytes: news.totalBytes }] : [],
    error: end?.failure ?? '',
  }
  const phase = end === undefined ? 'working' : end.failure === '' ? 'done' : 'failed'
  return { key: 'move', id: '', kind: 'move', name: end?.to ?? '', phase, progress, canRetry: false, canCancel: false }
}
