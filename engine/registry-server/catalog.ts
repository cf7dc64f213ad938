import { REPOSITORIES } from './layout.ts'
import { inLexicalOrder } from './pages.ts'
import type { Storage } from './storage/storage.ts'

/** Which repositories there are. A repository is a folder with folders of ours in it, whose names begin with `_`. */
export class Catalog {
  readonly #storage: Storage

  constructor(storage: Storage) {
    this.#storage = storage
  }

  /** Those that have manifests, sorted. */
  async repositories(): Promise<string[]> {
    const found: string[] = []
    for await (const { name, parts } of this.#walk('')) if (parts.includes('_manifests')) found.push(name)
    return found.sort(inLexicalOrder)
  }

  /** Those, too, that only have blobs or uploads. */
  async folders(): Promise<string[]> {
    const found: string[] = []
    for await (const { name } of this.#walk('')) found.push(name)
    return found
  }

  async *#walk(name: string): AsyncGenerator<{ readonly name: string; readonly parts: readonly string[] }> {
    const folders = (await this.#storage.list(name === '' ? REPOSITORIES : `${REPOSITORIES}/${name}`)).filter(({ isFolder }) => isFolder)
    const parts = folders.filter((entry) => entry.name.startsWith('_')).map((entry) => entry.name)
    if (parts.length > 0) yield { name, parts }
    for (const entry of folders) if (!entry.name.startsWith('_')) yield* this.#walk(name === '' ? entry.name : `${name}/${entry.name}`)
  }
}
