/** Has so many at work at a time; the others wait, and come in the order in which they asked. */
export class Turns {
  readonly #waiting: ((done: () => void) => void)[] = []
  #free: number

  constructor(atATime: number) {
    this.#free = atATime
  }

  /** @param work begins now or later; it calls `done` when the next may begin, more often does no harm */
  take(work: (done: () => void) => void): void {
    this.#waiting.push(work)
    this.#next()
  }

  #next(): void {
    if (this.#free === 0) return
    const work = this.#waiting.shift()
    if (!work) return
    this.#free--
    let isDone = false
    work(() => {
      if (isDone) return
      isDone = true
      this.#free++
      this.#next()
    })
  }
}
