/**
 * What somebody does when it is his turn.
 * @param done lets the next begin; said more often it does no harm
 * @param whenAwaited has it tell, once, that somebody waits for a turn: now, or when one comes
 */
export type Work = (done: () => void, whenAwaited: (hurry: () => void) => void) => void

/** Has so many at work at a time; the others wait, and come in the order in which they asked. */
export class Turns {
  readonly #waiting: Work[] = []
  readonly #hurries = new Set<() => void>()
  #free: number

  constructor(atATime: number) {
    this.#free = atATime
  }

  /** @param work begins now or later */
  take(work: Work): void {
    this.#waiting.push(work)
    this.#next()
  }

  #next(): void {
    if (this.#free === 0) return this.#hurry()
    const work = this.#waiting.shift()
    if (!work) return
    this.#free--
    let isDone = false
    let hurry = () => {}
    const done = () => {
      if (isDone) return
      isDone = true
      this.#hurries.delete(hurry)
      this.#free++
      this.#next()
    }
    work(done, (toDo) => {
      if (isDone) return
      hurry = toDo
      this.#hurries.add(toDo)
      this.#hurry()
    })
  }

  #hurry(): void {
    if (this.#waiting.length === 0) return
    for (const hurry of this.#hurries) {
      this.#hurries.delete(hurry)
      hurry()
    }
  }
}
