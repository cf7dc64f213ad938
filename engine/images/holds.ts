import type { ImageId } from './image.ts'

/** Work under way that stores. */
export interface Hold extends Disposable {
  /** No prune takes this image until the hold ends: the work goes on from it, though no container and no image needs it yet. */
  keep(id: ImageId): void
}

/**
 * Keeps the collector away from work under way. A pull, load or commit stores blobs and layers before there is an
 * image that needs them; while anybody holds, nothing is collected, and while something is being collected, nobody
 * gets a hold. In memory only: after a crash nobody holds, and what was half-done is garbage.
 */
export class Holds {
  readonly #kept = new Set<Set<ImageId>>()
  #collection: Promise<void> | undefined

  /** Waits for a collection under way. */
  async hold(): Promise<Hold> {
    while (this.#collection) await this.#collection
    const kept = new Set<ImageId>()
    this.#kept.add(kept)
    return { keep: (id) => void kept.add(id), [Symbol.dispose]: () => void this.#kept.delete(kept) }
  }

  keeps(id: ImageId): boolean {
    return [...this.#kept].some((kept) => kept.has(id))
  }

  /** Runs `collect`, alone. @returns undefined when somebody holds, and it did not run */
  async collect<T>(collect: () => Promise<T>): Promise<T | undefined> {
    while (this.#collection) await this.#collection
    if (this.#kept.size > 0) return undefined
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
