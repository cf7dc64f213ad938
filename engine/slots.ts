/** So many at a time, in the order of asking. */
export class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(most: number) {
    this.#free = Math.max(1, most)
  }

  /** @param onWait called when there is none free right now */
  async run<T>(work: () => Promise<T>, onWait: () => void): Promise<T> {
    if (this.#free > 0) this.#free--
    else {
      onWait()
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}
