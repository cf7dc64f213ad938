import { defineStore } from 'pinia'
import { computed, ref, shallowReactive, watch } from 'vue'
import { type PruneChoice, type PrunePlan, pruneData } from '../api/data-root.ts'
import { dismissHostWork } from '../api/desktop.ts'
import { CallError, messageOf } from '../api/engine-client.ts'
import { type BuildRequest, buildImage, loadImages, pullImage, pushImage } from '../api/image-tasks.ts'
import { dismissTask, followTasks, progressOf, TASK_KINDS, type TaskKind, type TaskNews } from '../api/tasks.ts'
import { say } from '../text/say.ts'
import { useDataMove } from './data-move.ts'
import { useEngine } from './engine.ts'
import { useHost } from './host.ts'
import { machineTask } from './machine-task.ts'
import { isActive, type Task } from './task.ts'
import { advance, NO_PROGRESS } from './task-state.ts'

type Work = (signal: AbortSignal) => Promise<Response>

/** Each that is under way to the engine holds a connection, and a browser has six for one: the rest wait in line. */
const AT_A_TIME = 2

const FOLLOW_AGAIN_MS = 500

/** What the engine answers once a task is its own. */
const ACCEPTED = 202

/**
 * Long work, in one place: the engine's tasks, whichever window began them, those that are on the way to it, and what is told
 * beside them because the engine does not answer meanwhile: the way of its data, and work on its virtual machine.
 */
export const useTasks = defineStore('tasks', () => {
  const engine = useEngine()
  const tasks = shallowReactive(new Map<string, Task>())
  const works = new Map<string, Work>()
  const aborts = new Map<string, AbortController>()
  const isOpen = ref(false)
  const move = useDataMove()
  const host = useHost()
  const machineFailure = ref('')
  const machine = computed(() => machineTask(host.status, machineFailure.value))
  const list = computed(() => [move.task, machine.value, ...[...tasks.values()].reverse()].filter((task) => task !== undefined))
  const activeCount = computed(() => list.value.filter(isActive).length)
  const failedCount = computed(() => list.value.filter(({ phase }) => phase === 'failed').length)
  let following = new AbortController()

  const pull = (reference: string) => start('pull', reference, (signal) => pullImage(reference, signal))
  const push = (reference: string) => start('push', reference, (signal) => pushImage(reference, signal))
  const load = (file: File) => start('load', file.name, (signal) => loadImages(file, signal))
  const build = (request: BuildRequest) => start('build', request.name, (signal) => buildImage(request, signal))
  const prune = (choice: PruneChoice, plan: PrunePlan) => start('prune', 'data', (signal) => pruneData(choice, plan, signal))

  /** Begins a task, or does nothing while the same one is going on. */
  function start(kind: TaskKind, name: string, work: Work): void {
    const key = `${kind} ${name}`
    const same = tasks.get(key)
    if (same && isActive(same)) return
    tasks.delete(key)
    tasks.set(key, { key, id: '', kind, name, phase: 'waiting', progress: NO_PROGRESS, canRetry: true, canCancel: true })
    works.set(key, work)
    isOpen.value = true
    startNext()
  }

  /** Once more what has failed. */
  function retry({ key, kind, name }: Task): void {
    const work = works.get(key)
    const engineKind = TASK_KINDS.find((one) => one === kind)
    if (work && engineKind) start(engineKind, name, work)
    else if (kind === 'pull') pull(name)
    else if (kind === 'push') push(name)
  }

  function startNext(): void {
    const free = AT_A_TIME - aborts.size
    const waiting = [...tasks.values()].filter(({ phase }) => phase === 'waiting')
    for (const task of waiting.slice(0, Math.max(0, free))) void run(task.key)
  }

  /** Until it is done, or the engine's. */
  async function run(key: string): Promise<void> {
    const work = works.get(key)
    if (!work) return
    const abort = new AbortController()
    aborts.set(key, abort)
    change(key, { phase: 'working' })
    try {
      await readAlong(key, work(abort.signal), abort.signal)
    } catch (error) {
      if (!abort.signal.aborted) fail(key, messageOf(error))
    }
    aborts.delete(key)
    if (abort.signal.aborted) forget(key)
    startNext()
  }

  async function readAlong(key: string, answer: Promise<Response>, signal: AbortSignal): Promise<void> {
    const response = await answer
    if (response.status === ACCEPTED) return void (await response.arrayBuffer())
    for await (const line of progressOf(response, signal)) hearLine(key, line)
    change(key, { phase: tasks.get(key)?.progress.error === '' ? 'done' : 'failed' })
  }

  /** Ends a task that is going on, or takes one that waits or has ended off the list. */
  function dismiss({ key, id, kind }: Task): void {
    if (kind === 'move') return void move.dismiss()
    if (key === machine.value?.key) return void dismissMachine()
    aborts.get(key)?.abort()
    if (id !== '') dismissTask(id).catch((error: unknown) => fail(key, messageOf(error)))
    else if (!aborts.has(key)) forget(key)
  }

  async function dismissMachine(): Promise<void> {
    machineFailure.value = ''
    try {
      await dismissHostWork(host.status?.work?.id ?? 0)
    } catch (error) {
      machineFailure.value = messageOf(error)
    }
  }

  function dismissEnded(): void {
    for (const task of list.value) if (!isActive(task)) dismiss(task)
  }

  function forget(key: string): void {
    tasks.delete(key)
    works.delete(key)
  }

  function change(key: string, changes: Partial<Task>): void {
    const task = tasks.get(key)
    if (task) tasks.set(key, { ...task, ...changes })
  }

  function fail(key: string, error: string): void {
    const progress = tasks.get(key)?.progress ?? NO_PROGRESS
    change(key, { phase: 'failed', progress: { ...progress, error } })
  }

  function hearLine(key: string, line: Parameters<typeof advance>[1]): void {
    change(key, { progress: advance(tasks.get(key)?.progress ?? NO_PROGRESS, line) })
  }

  /** As long as the engine is there; a connection that breaks meanwhile is made again. */
  async function follow(): Promise<void> {
    following.abort()
    following = new AbortController()
    const { signal } = following
    while (!signal.aborted) {
      try {
        for await (const news of await followTasks(signal)) if (!signal.aborted) hear(news)
      } catch (error) {
        if (error instanceof CallError && error.failure === 'refused') return
      }
      await new Promise((resolve) => setTimeout(resolve, FOLLOW_AGAIN_MS))
    }
  }

  function hear(news: TaskNews): void {
    if ('ids' in news) return beginAnew(news.ids)
    const former = [...tasks.values()].find(({ id }) => id === news.id)
    if ('phase' in news) {
      const { id, kind, name, phase, error } = news
      const key = `${kind} ${name}`
      const progress = former?.progress ?? NO_PROGRESS
      const canRetry = works.has(key) || kind === 'pull' || kind === 'push'
      tasks.set(key, { key, id, kind, name, phase, progress: error === '' ? progress : { ...progress, error }, canRetry, canCancel: true })
      if (!former && phase === 'working') isOpen.value = true
    } else if (former && 'line' in news) hearLine(former.key, news.line)
    else if (former) forget(former.key)
  }

  /** The engine tells all of them again; one that it does not know any more has ended with it. */
  function beginAnew(ids: readonly string[]): void {
    for (const task of tasks.values()) {
      if (task.id === '') continue
      if (ids.includes(task.id)) change(task.key, { progress: NO_PROGRESS })
      else if (isActive(task)) fail(task.key, say('The engine ended before it was done.'))
      else forget(task.key)
    }
  }

  // A start has its stages on the page already.
  watch(
    () => [move.task, machine.value].some((task) => task?.phase === 'working' && task.kind !== 'vm-start'),
    (isBegun) => {
      if (isBegun) isOpen.value = true
    },
    { immediate: true },
  )
  watch(
    () => engine.isLive && !engine.isOthers,
    (isThere) => {
      if (isThere) void follow()
      else following.abort()
    },
    { immediate: true },
  )

  return { list, isOpen, activeCount, failedCount, pull, push, load, build, prune, retry, dismiss, dismissEnded }
})
