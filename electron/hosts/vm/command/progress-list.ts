import type { Stage } from '../boot/stages.ts'

/** Tells a boot as a list: a line for each stage that is done or failed, and for what is under way where that takes minutes. */
export class ProgressList {
  readonly #say: (line: string) => void
  readonly #told = new Set<string>()

  constructor(say: (line: string) => void) {
    this.#say = say
  }

  /** @param attempt another one tells all stages anew */
  show(stages: readonly Stage[], attempt: number): void {
    for (const stage of stages) {
      if (stage.state === 'done' || stage.state === 'failed' || stage.state === 'skipped')
        this.#sayOnce(`${attempt} ${stage.name} ${stage.state}`, stageLine(stage))
      else if (stage.name === 'assets' && stage.detail !== '') this.#sayOnce(`${attempt} ${stage.detail}`, `  ${stage.detail}`)
    }
  }

  #sayOnce(key: string, line: string): void {
    if (this.#told.has(key)) return
    this.#told.add(key)
    this.#say(line)
  }
}

/** `✓ Boot Linux (1.9 s)`, `✗ Boot Linux (60.0 s): It took longer than 60 s.` */
export function stageLine({ title, state, detail, tookMs = 0 }: Stage): string {
  const seconds = `${(tookMs / 1000).toFixed(1)} s`
  if (state === 'skipped') return `– ${title} (${seconds}): ${detail}`
  return state === 'done' ? `✓ ${title}${detail === '' ? '' : `: ${detail}`} (${seconds})` : `✗ ${title} (${seconds}): ${detail}`
}
