import { askEngine } from '../ask-engine.ts'
import { DATA_PLACE } from '../desktop/places.ts'
import { recordOf, textOf } from '../docker/config-file.ts'
import type { News } from '../engine-watch/news.ts'
import { say, sayKnown } from '../text/say.ts'
import type { Notice } from './notice.ts'

/** What may have filled a disk has happened. */
const GROWING = new Set(['pull', 'load', 'import', 'tag', 'commit', 'die'])
/** The engine looks at its whole machine for the answer. */
const LEAST_MS = 10 * 60_000

/** What the engine says of its disk, asked when it is met and, at most once in ten minutes, after something that takes room. Told once until there is room again. */
export class DiskNotices {
  readonly #tell: (notice: Notice) => void
  /** Whose disk it is, by its socket. */
  #engine = ''
  #askedAtMs = Number.NEGATIVE_INFINITY
  #told = 'ok'

  constructor(tell: (notice: Notice) => void) {
    this.#tell = tell
  }

  takeNews({ action }: News, socketPath: string): void {
    if (GROWING.has(action)) this.look(socketPath)
  }

  /** An engine that is none of ours, or has gone meanwhile, says nothing of its disk. */
  look(socketPath: string): void {
    const nowMs = Date.now()
    if (socketPath !== this.#engine) {
      this.#engine = socketPath
      this.#askedAtMs = Number.NEGATIVE_INFINITY
      this.#told = 'ok'
    }
    if (nowMs < this.#askedAtMs + LEAST_MS) return
    this.#askedAtMs = nowMs
    askEngine(socketPath, 'GET', '/engineroom/v1/checks').then(
      (checks) => this.take(checks),
      () => undefined,
    )
  }

  /** @param checks as the engine lists them */
  take(checks: unknown): void {
    const disk = (Array.isArray(checks) ? checks.map(recordOf) : []).find(({ id }) => id === 'disk')
    if (!disk) return
    const state = textOf(disk.state)
    if ((state === 'warn' || state === 'fail') && state !== this.#told) {
      const title = state === 'fail' ? say('The disk is full') : say('The disk is nearly full')
      this.#tell({ kind: 'disk', title, body: sayKnown(`${textOf(disk.detail)} ${textOf(disk.fix)}`.trim()), place: DATA_PLACE })
    }
    this.#told = state
  }
}
