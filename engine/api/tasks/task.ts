import { randomUUID } from 'node:crypto'
import { TaskLines } from './task-lines.ts'

/** How far: a task that was called off is none any more once it has ended. */
export type TaskPhase = 'working' | 'done' | 'failed'

export interface TaskWish {
  /** `pull`, `build` …: a word of the client's. */
  readonly kind: string
  /** Of what. */
  readonly name: string
}

/** A task as a list shows it. */
export interface TaskSummary extends TaskWish {
  /** No other task of any run of the engine has it. */
  readonly id: string
  /** Unix time in milliseconds. */
  readonly startedAtMs: number
  readonly phase: TaskPhase
  /** Why it has failed. */
  readonly error?: string
}

/** Places of lines and changes among those of all tasks. */
export type NextPlace = () => number

/** A call that goes on without its client: what it has answered so far, line by line. */
export class Task {
  readonly id = randomUUID()
  readonly wish: TaskWish
  readonly startedAtMs = Date.now()
  readonly lines = new TaskLines()
  /** When its summary changed last, among all changes. */
  changedAt: number
  #phase: TaskPhase = 'working'
  #error = ''
  #rest = ''
  readonly #nextPlace: NextPlace
  readonly #cancel: () => void

  /** @param cancel has the work end, soon */
  constructor(wish: TaskWish, nextPlace: NextPlace, cancel: () => void) {
    this.wish = wish
    this.#nextPlace = nextPlace
    this.#cancel = cancel
    this.changedAt = nextPlace()
  }

  get isActive(): boolean {
    return this.#phase === 'working'
  }

  cancel(): void {
    this.#cancel()
  }

  /** A part of the answer, cut anywhere. */
  hear(chunk: string): void {
    const parts = (this.#rest + chunk).split('\n')
    this.#rest = parts.pop() ?? ''
    for (const part of parts) this.#take(part)
  }

  /** The answer is over. @param status of HTTP; @param isWhole it was not broken off */
  end(status: number, isWhole: boolean): void {
    this.#take(this.#rest)
    if (!isWhole) this.#error ||= 'it was broken off'
    this.#phase = this.#error !== '' || status >= 400 ? 'failed' : 'done'
    this.changedAt = this.#nextPlace()
  }

  summary(): TaskSummary {
    return { id: this.id, ...this.wish, startedAtMs: this.startedAtMs, phase: this.#phase, ...(this.#error !== '' && { error: this.#error }) }
  }

  #take(text: string): void {
    const line = objectIn(text)
    if (!line) return
    this.lines.add(line, this.#nextPlace())
    // The last line of a progress stream, or the body of an answer that is an error.
    for (const said of [line.error, line.message]) if (typeof said === 'string' && said !== '') this.#error = said
  }
}

/** Undefined for what is no JSON object: of such answers a task knows no more than how they ended. */
function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : undefined
  } catch {
    return undefined
  }
}
