import type { Stage } from '../boot/stages.ts'

/** Tells a boot as a list: a line when a stage begins to take long is not needed, one when it is done or failed is. */
export class ProgressList {
  readonly #say: (line: string) => void
  readonly #told = new Set<string>()

  constructor(say: (line: string) => void) {
    this.#say = say
  }

  /** @param attempt another one tells all stages anew */
  show(stages: readonly Stage[], attempt: number): void {
    for (const stage of stages) {
      if (stage.state !== 'done' && stage.state !== 'failed') continue
      const key = `${attempt} ${stage.name} ${stage.state}`
      if (this.#told.has(key)) continue
      this.#told.add(key)
      this.#say(stageLine(stage))
    }
  }
}

/** `✓ Boot Linux (1.9 s)`, `✗ Boot Linux (60.0 s): It took longer than 60 s.` */
export function stageLine({ title, state, detail, tookMs = 0 }: Stage): string {
  const seconds = `${(tookMs / 1000).toFixed(1)} s`
  return state === 'done' ? `✓ ${title}${detail === '' ? '' : `: ${detail}`} (${seconds})` : `✗ ${title} (${seconds}): ${detail}`
}
