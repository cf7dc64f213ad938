import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuildCaches } from '../build/build-caches.ts'
import { Lock } from '../lock.ts'
import { ArrivingTree } from './arriving-tree.ts'
import { KeptDigests } from './kept-digests.ts'
import { INDEX, readIndex, writeIndex } from './kept-index.ts'
import { type LocalFiles, receiveTree, type TreePlace } from './receive-tree.ts'
import type { ClientSession } from './session.ts'
import { TreeWriter } from './tree-writer.ts'

/**
 * Folders of clients as they were at their last build, so that only what has changed since is sent. While a build reads a
 * tree, nobody writes to it: the next one is a new tree then, which shares the files that are the same. A file is never written to again.
 */
export class LocalContexts {
  readonly #caches: BuildCaches
  readonly #locks = new Map<string, Lock>()
  /** Of trees, by path: how many builds read them now. */
  readonly #readers = new Map<string, number>()

  constructor(caches: BuildCaches) {
    this.#caches = caches
  }

  /**
   * Brings a client's folder here, and gives it to `use`, which must not write to it.
   * @param scratch for a client that does not say which folder it is: nothing is kept of it then
   */
  async with<T>(
    session: ClientSession,
    files: LocalFiles,
    { scratch, onBytes, signal }: { readonly scratch: string; onBytes(total: number): void; readonly signal: AbortSignal },
    use: (files: { readonly root: string; readonly kept?: KeptDigests }) => Promise<T>,
  ): Promise<T> {
    const receive = (place: TreePlace) => receiveTree(session, files, place, onBytes, signal)
    if (session.sharedKey === '') {
      const root = join(scratch, 'context')
      await mkdir(root, { mode: 0o755 })
      await using writer = new TreeWriter(root)
      await receive(writer)
      await writer.finish()
      return use({ root })
    }
    const key = JSON.stringify([session.sharedKey, files.name])
    return this.#caches.withContext(key, async (folder) => {
      const lock = this.#lockOf(folder)
      const { tree, root, kept } = await lock.run(() => this.#update(folder, receive))
      try {
        const result = await use({ root, kept })
        if (kept.hasMore) await lock.run(() => keepDigests(folder, tree, kept))
        return result
      } finally {
        this.#count(root, -1)
      }
    })
  }

  async #update(folder: string, receive: (place: TreePlace) => Promise<void>): Promise<{ tree: string; root: string; kept: KeptDigests }> {
    const before = await readIndex(folder)
    await using arriving = new ArrivingTree(folder, before, !this.#readers.has(join(folder, before.tree)))
    await receive(arriving)
    const { tree, digests } = await arriving.finish()
    const root = join(folder, tree)
    this.#count(root, 1)
    for (const name of await readdir(folder)) {
      if (name === tree || name === INDEX || this.#readers.has(join(folder, name))) continue
      await rm(join(folder, name), { recursive: true, force: true })
    }
    return { tree, root, kept: new KeptDigests(root, digests) }
  }

  #lockOf(folder: string): Lock {
    const lock = this.#locks.get(folder) ?? new Lock()
    this.#locks.set(folder, lock)
    return lock
  }

  #count(root: string, change: 1 | -1): void {
    const readers = (this.#readers.get(root) ?? 0) + change
    if (readers > 0) this.#readers.set(root, readers)
    else this.#readers.delete(root)
  }
}

/** For the next build of the same files. */
async function keepDigests(folder: string, tree: string, kept: KeptDigests): Promise<void> {
  const index = await readIndex(folder)
  // Another build may have brought a newer tree.
  if (index.tree === tree) await writeIndex(folder, { ...index, digests: new Map([...index.digests, ...kept.all]) })
}
