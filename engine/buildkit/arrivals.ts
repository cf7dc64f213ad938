/** Things that clients speak of by a name, perhaps before they are here: calls of a client's overtake each other. */
export class Arrivals<T> {
  readonly #here = new Map<string, T>()
  readonly #waiting = new Set<() => void>()

  has(name: string): boolean {
    return this.#here.has(name)
  }

  add(name: string, thing: T): void {
    this.#here.set(name, thing)
    for (const look of this.#waiting) look()
  }

  remove(name: string): void {
    this.#here.delete(name)
  }

  /** @returns undefined when it has not come by then @throws the signal's reason */
  async wait(name: string, patienceMs: number, signal: AbortSignal): Promise<T | undefined> {
    signal.throwIfAborted()
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = () => this.#here.has(name) && resolve()
    const giveUp = () => resolve()
    const timer = setTimeout(giveUp, patienceMs)
    this.#waiting.add(look)
    signal.addEventListener('abort', giveUp, { once: true })
    look()
    await promise
    clearTimeout(timer)
    this.#waiting.delete(look)
    signal.removeEventListener('abort', giveUp)
    signal.throwIfAborted()
    return this.#here.get(name)
  }
}
