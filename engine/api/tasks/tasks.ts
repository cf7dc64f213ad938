import { EngineError } from '../../errors.ts'
import { Task, type TaskWish } from './task.ts'

/** So many that have ended are remembered. */
const ENDED_KEPT = 20

/** News of tasks; undefined where one is gone. */
type Listener = (id: string, task: Task | undefined) => void

/**
 * What takes its time, and belongs to no connection: windows come, look and go meanwhile. They are kept as long as the engine runs.
 */
export class Tasks {
  readonly #tasks = new Map<string, Task>()
  readonly #listeners = new Set<Listener>()
  #lastPlace = 0

  /** In the order in which they began. */
  all(): Task[] {
    return [...this.#tasks.values()]
  }

  /** The last place that a line or a change has taken. */
  get lastPlace(): number {
    return this.#lastPlace
  }

  /** One of the same kind and name that goes on. */
  active({ kind, name }: TaskWish): Task | undefined {
    return this.all().find((task) => task.isActive && task.wish.kind === kind && task.wish.name === name)
  }

  /** Begins one; the same that has ended before is forgotten. */
  begin(wish: TaskWish, cancel: () => void): Task {
    for (const former of this.all()) if (!former.isActive && former.wish.kind === wish.kind && former.wish.name === wish.name) this.#forget(former.id)
    const task = new Task(wish, () => ++this.#lastPlace, cancel)
    this.#tasks.set(task.id, task)
    this.changed(task)
    return task
  }

  /** To be called after each change of one. */
  changed(task: Task): void {
    for (const listener of this.#listeners) listener(task.id, task)
  }

  /** Remembers what came of it, and of others before it. @param wasCancelled then nothing of it */
  ended(task: Task, wasCancelled: boolean): void {
    if (wasCancelled) return this.#forget(task.id)
    this.changed(task)
    const ended = this.all().filter(({ isActive }) => !isActive)
    for (const { id } of ended.slice(0, Math.max(0, ended.length - ENDED_KEPT))) this.#forget(id)
  }

  /** Calls off one that goes on, or forgets one that has ended. @throws EngineError `not-found` */
  dismiss(id: string): void {
    const task = this.#tasks.get(id)
    if (!task) throw new EngineError('not-found', `No such task: ${id}`)
    if (task.isActive) task.cancel()
    else this.#forget(id)
  }

  /** Calls off all that go on. */
  cancelAll(): void {
    for (const task of this.all()) if (task.isActive) task.cancel()
  }

  /** @returns what ends it */
  watch(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #forget(id: string): void {
    this.#tasks.delete(id)
    for (const listener of this.#listeners) listener(id, undefined)
  }
}
