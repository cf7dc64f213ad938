/**
 * Lets many do a little each, one in a turn of the event loop, so that others come between.
 * INVARIANT: whoever has waited for {@link next} does what it does at once, without waiting in between.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve()

  next(): Promise<void> {
    this.#last = this.#last.then(() => new Promise((resolve) => setImmediate(resolve)))
    return this.#last
  }
}
