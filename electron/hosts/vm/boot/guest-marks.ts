import { PlainError } from '../../plain-error.ts'

/** The stages that the guest tells about, in its order. */
const GUEST_STAGES = ['kernel', 'disk', 'network', 'shares', 'engine'] as const
export type GuestStage = (typeof GUEST_STAGES)[number]

/** `engineroom: stage disk failed no space left on device` */
const MARK = /^engineroom: stage (kernel|disk|network|shares|engine) (start|done|failed)(?: (.*))?$/

export interface GuestMark {
  readonly stage: GuestStage
  readonly what: 'start' | 'done' | 'failed'
  readonly words: string
}

/** @returns undefined for any other line of the console */
export function parseMark(line: string): GuestMark | undefined {
  const [, stage, what, words = ''] = MARK.exec(line.trimEnd()) ?? []
  const known = GUEST_STAGES.find((one) => one === stage)
  if (known === undefined || (what !== 'start' && what !== 'done' && what !== 'failed')) return undefined
  return { stage: known, what, words }
}

/** How far the guest says it is. Fed with the lines of one run's console. */
export class GuestMarks {
  #reached = -1
  #failure: PlainError | undefined
  readonly #waiting = new Set<() => void>()

  /** @param line of the serial console, whatever it is */
  take(line: string): void {
    const mark = parseMark(line)
    if (!mark) return
    if (mark.what === 'done') this.#reached = Math.max(this.#reached, GUEST_STAGES.indexOf(mark.stage))
    if (mark.what === 'failed')
      this.#failure ??= new PlainError(mark.words === '' ? `The guest says that ${mark.stage} failed.` : `In the guest: ${mark.words}`)
    for (const look of this.#waiting) look()
  }

  /** Resolves when the guest has this stage, or a later one, behind it. @throws PlainError when a stage failed; the signal's reason */
  async done(stage: GuestStage, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const look = () => {
      if (this.#reached >= GUEST_STAGES.indexOf(stage)) resolve()
      else if (this.#failure) reject(this.#failure)
    }
    const giveUp = () => reject(signal.reason)
    this.#waiting.add(look)
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      signal.throwIfAborted()
      look()
      await promise
    } finally {
      this.#waiting.delete(look)
      signal.removeEventListener('abort', giveUp)
    }
  }
}
