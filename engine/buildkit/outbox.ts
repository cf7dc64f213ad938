/** What is to be sent on a stream of a call, in the order in which it is put in. */
export class Outbox<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = []
  #hasEnded = false
  #wake: () => void = () => undefined
  #taken: () => void = () => undefined

  put(item: T): void {
    this.#waiting.push(item)
    this.#wake()
  }

  /** What was put in before is sent all the same. */
  end(): void {
    this.#hasEnded = true
    this.#wake()
    this.#taken()
  }

  /** Waits until fewer than so many are waiting: whoever fills it goes no faster than it is emptied. */
  async below(most: number): Promise<void> {
    while (this.#waiting.length >= most && !this.#hasEnded) {
      await new Promise<void>((resolve) => {
        this.#taken = resolve
      })
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for (;;) {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        this.#taken()
        yield next
      }
      if (this.#hasEnded) return
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
