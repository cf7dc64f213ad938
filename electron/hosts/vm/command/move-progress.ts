import { formatSize } from '../size.ts'
import type { Terminal } from './terminal.ts'

const BAR = 40

/** Tells of work by bytes: on a terminal as a bar that grows, elsewhere a line when it begins and one for each quarter. */
export class MoveProgress {
  readonly #terminal: Pick<Terminal, 'say' | 'sayOver'>
  #what = ''
  #told = -1

  constructor(terminal: Pick<Terminal, 'say' | 'sayOver'>) {
    this.#terminal = terminal
  }

  show(what: string, bytes: number, of: number): void {
    const { say, sayOver } = this.#terminal
    if (what !== this.#what) {
      this.end()
      this.#told = -1
    }
    this.#what = what
    const share = of > 0 ? bytes / of : 1
    const step = Math.floor(share * (sayOver ? 100 : 4))
    if (step === this.#told) return
    this.#told = step
    const done = Math.floor(share * BAR)
    if (sayOver) sayOver(`${what} [${'='.repeat(done)}${' '.repeat(BAR - done)}] ${step} % of ${formatSize(of)}`)
    else say(step === 0 ? what : `${what}: ${step * 25} %`)
  }

  /** Nothing more comes of what was told last. */
  end(): void {
    if (this.#what !== '' && this.#terminal.sayOver) this.#terminal.say('')
    this.#what = ''
  }
}
