/**
 * Keeps the collector away from work under way. A pull, load or commit stores blobs and layers before there is an
 * image that needs them; while anybody holds, nothing is collected, and while something is being collected, nobody
 * gets a hold. In memory only: after a crash nobody holds, and what was half-done is garbage.
 */
export class Holds {
  #count = 0
  #collection: Promise<void> | undefined

  /** Waits for a collection under way. */
  async hold(): Promise<Disposable> {
    while (this.#collection) await this.#collection
    this.#count++
    return { [Symbol.dispose]: () => void this.#count-- }
  }

  /** Runs `collect`, alone. @returns undefined when somebody holds, and it did not run */
  async collect<T>(collect: () => Promise<T>): Promise<T | undefined> {
    while (this.#collection) await this.#collection
    if (this.#count > 0) return undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#collection = promise
    try {
      return await collect()
    } finally {
      this.#collection = undefined
      resolve()
    }
  }
}
