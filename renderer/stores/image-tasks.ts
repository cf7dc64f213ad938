import { defineStore } from 'pinia'
import { computed, shallowReactive } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { type BuildRequest, buildImage, loadImages, pullImage, pushImage } from '../api/image-tasks.ts'
import type { TaskProgress } from '../api/types.ts'
import { advance, NO_PROGRESS, type TaskState } from './task-state.ts'

export type TaskKind = 'pull' | 'push' | 'load' | 'build'

/** Something that takes its time with images, and tells how far it is. */
export interface ImageTask {
  readonly key: string
  readonly kind: TaskKind
  /** Of an image, or of the file that is loaded. */
  readonly name: string
  readonly phase: 'waiting' | 'working' | 'done' | 'failed'
  readonly progress: TaskState
}

type Work = (signal: AbortSignal) => AsyncIterable<TaskProgress>

/** Each task holds a connection, and a browser has six for one engine: the rest wait in line. */
const AT_A_TIME = 2

export const useImageTasks = defineStore('image-tasks', () => {
  const tasks = shallowReactive(new Map<string, ImageTask>())
  const works = new Map<string, Work>()
  const aborts = new Map<string, AbortController>()
  const list = computed(() => [...tasks.values()].reverse())
  const activeCount = computed(() => list.value.filter(isActive).length)

  const pull = (reference: string) => start('pull', reference, (signal) => pullImage(reference, signal))
  const push = (reference: string) => start('push', reference, (signal) => pushImage(reference, signal))
  const load = (file: File) => start('load', file.name, (signal) => loadImages(file, signal))
  const build = (request: BuildRequest) => start('build', request.name, (signal) => buildImage(request, signal))

  /** Begins a task, or does nothing while the same one is going on. */
  function start(kind: TaskKind, name: string, work: Work): void {
    const key = `${kind} ${name}`
    const same = tasks.get(key)
    if (same && isActive(same)) return
    tasks.delete(key)
    tasks.set(key, { key, kind, name, phase: 'waiting', progress: NO_PROGRESS })
    works.set(key, work)
    startNext()
  }

  /** Once more what has failed. */
  function retry({ key, kind, name }: ImageTask): void {
    const work = works.get(key)
    if (work) start(kind, name, work)
  }

  function startNext(): void {
    const all = [...tasks.values()]
    const free = AT_A_TIME - all.filter(({ phase }) => phase === 'working').length
    for (const task of all.filter(({ phase }) => phase === 'waiting').slice(0, Math.max(0, free))) void run(task)
  }

  async function run(task: ImageTask): Promise<void> {
    const { key } = task
    const work = works.get(key)
    if (!work) return
    const abort = new AbortController()
    aborts.set(key, abort)
    let progress = NO_PROGRESS
    const show = (phase: ImageTask['phase']) => tasks.set(key, { ...task, phase, progress })
    show('working')
    try {
      for await (const line of work(abort.signal)) {
        progress = advance(progress, line)
        show('working')
      }
      show(progress.error === '' ? 'done' : 'failed')
    } catch (error) {
      progress = { ...progress, error: messageOf(error) }
      if (!abort.signal.aborted) show('failed')
    }
    aborts.delete(key)
    if (abort.signal.aborted) dismiss(key)
    startNext()
  }

  /** Ends a task that is going on, or takes one that waits or has ended off the list. */
  function dismiss(key: string): void {
    const abort = aborts.get(key)
    if (abort) return abort.abort()
    tasks.delete(key)
    works.delete(key)
  }

  return { list, activeCount, pull, push, load, build, retry, dismiss }
})

function isActive({ phase }: ImageTask): boolean {
  return phase === 'working' || phase === 'waiting'
}
