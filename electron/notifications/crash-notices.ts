import { CONTAINERS_PLACE, containerPlace } from '../desktop/places.ts'
import type { BadEnding } from '../engine-watch/endings.ts'
import type { News } from '../engine-watch/news.ts'
import { say } from '../text/say.ts'
import type { Notice } from './notice.ts'

/** So long one waits for what follows: a container that is started again at once may end again at once. */
const SETTLE_MS = 2_000
/** So many ends within a minute are a loop. */
const LOOP_ENDS = 3
const LOOP_MS = 60_000
/** Nobody is told twice of one container in this time. */
const QUIET_MS = 10 * 60_000

interface Known {
  name: string
  ends: readonly number[]
  isRunning: boolean
  isGone: boolean
  exitCode: number
  toldAtMs: number
  timer: ReturnType<typeof setTimeout> | undefined
}

/** Of containers that ended badly: one notice each in ten minutes, which says whether it is started again and again. */
export class CrashNotices {
  readonly #tell: (notice: Notice) => void
  readonly #known = new Map<string, Known>()

  constructor(tell: (notice: Notice) => void) {
    this.#tell = tell
  }

  takeEnding({ id, name, exitCode }: BadEnding): void {
    const nowMs = Date.now()
    const before = this.#known.get(id)
    const known: Known = before ?? { name, ends: [], isRunning: false, isGone: false, exitCode, toldAtMs: Number.NEGATIVE_INFINITY, timer: undefined }
    this.#known.set(id, known)
    known.name = name
    known.exitCode = exitCode
    known.isRunning = false
    known.ends = [...known.ends.filter((atMs) => atMs > nowMs - LOOP_MS), nowMs]
    known.timer ??= setTimeout(() => this.#settle(id, known), SETTLE_MS)
  }

  /** Whether it runs again, or has gone, is part of what is told. */
  takeNews({ type, action, id }: News): void {
    const known = type === 'container' ? this.#known.get(id) : undefined
    if (!known) return
    if (action === 'start') known.isRunning = true
    if (action !== 'destroy') return
    known.isGone = true
    // What is still to be told goes with its settling.
    if (known.timer === undefined) this.#known.delete(id)
  }

  close(): void {
    for (const { timer } of this.#known.values()) clearTimeout(timer)
    this.#known.clear()
  }

  #settle(id: string, known: Known): void {
    known.timer = undefined
    if (known.isGone) this.#known.delete(id)
    const nowMs = Date.now()
    if (nowMs < known.toldAtMs + QUIET_MS) return
    known.toldAtMs = nowMs
    this.#tell(noticeOf(id, known))
  }
}

function noticeOf(id: string, { name, ends, isRunning, isGone, exitCode }: Known): Notice {
  const place = isGone ? CONTAINERS_PLACE : containerPlace(id)
  const code = String(exitCode)
  if (ends.length >= LOOP_ENDS) {
    const body = say('It ended with exit code {code}, {count} times within a minute. Its logs may say why.', { code, count: ends.length })
    return { kind: 'loop', title: say('{name} restarts again and again', { name }), body, place }
  }
  return { kind: 'crash', title: say('{name} has crashed', { name }), body: crashWords(code, isRunning, isGone), place }
}

function crashWords(code: string, isRunning: boolean, isGone: boolean): string {
  if (isRunning) return say('It ended with exit code {code}, and was started again.', { code })
  if (isGone) return say('It ended with exit code {code}, and was removed.', { code })
  return say('It ended with exit code {code}. Nobody had asked for it.', { code })
}
