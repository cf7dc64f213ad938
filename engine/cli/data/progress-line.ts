import { bar, type ProgressOutput } from '../streams/progress.ts'

/** @see docs/data-directory.md */
export interface MoveProgress {
  readonly stage: string
  readonly current?: number
  readonly total?: number
}

const WORDS: Readonly<Record<string, string>> = {
  stopping: 'Stopping the engine',
  copying: 'Copying',
  verifying: 'Verifying',
  checking: 'Checking the copy',
  switching: 'Switching',
  starting: 'Starting the engine there',
  removing: 'Removing the old copy',
}

/** One stage after the other: on a terminal a bar that grows, elsewhere a line a stage and one for each quarter. */
export class ProgressLine {
  readonly #output: ProgressOutput
  #stage = ''
  #quarter = 0

  constructor(output: ProgressOutput) {
    this.#output = output
  }

  show({ stage, current = 0, total = 0 }: MoveProgress): void {
    const isNew = stage !== this.#stage
    const words = WORDS[stage] ?? stage
    if (isNew && this.#output.isTTY && this.#stage !== '') this.#output.write('\n')
    if (isNew) this.#quarter = 0
    this.#stage = stage
    if (this.#output.isTTY) {
      this.#output.write(`\r\x1b[2K${words} ${total > 0 ? bar({ current, total }, this.#output.columns) : ''}`)
      return
    }
    const quarter = total > 0 ? Math.floor((current / total) * 4) : 0
    if (isNew) this.#output.write(`${words}\n`)
    else if (quarter > this.#quarter) this.#output.write(`${words}: ${quarter * 25} %\n`)
    this.#quarter = quarter
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#output.isTTY && this.#stage !== '') this.#output.write('\n')
  }
}
