import type { FileDigests } from '../build/content-digest.ts'

/** Digests of the files of a tree that nobody writes to any more, so that a build reads none twice. */
export class KeptDigests implements FileDigests {
  readonly #prefix: string
  readonly #digests: Map<string, string>
  #hasMore = false

  /** @param root of the tree @param digests by path in it */
  constructor(root: string, digests: ReadonlyMap<string, string>) {
    this.#prefix = `${root}/`
    this.#digests = new Map(digests)
  }

  /** Whether there are some that were not there in the beginning. */
  get hasMore(): boolean {
    return this.#hasMore
  }

  get all(): ReadonlyMap<string, string> {
    return this.#digests
  }

  get(path: string): string | undefined {
    return path.startsWith(this.#prefix) ? this.#digests.get(path.slice(this.#prefix.length)) : undefined
  }

  set(path: string, digest: string): void {
    if (!path.startsWith(this.#prefix)) return
    this.#hasMore = true
    this.#digests.set(path.slice(this.#prefix.length), digest)
  }
}
