import type { Digest } from '../images/digest.ts'
import { RegistryError } from './errors.ts'
import { layerLinks, manifests, tagHistoryLink, tagLink, tags } from './layout.ts'
import { readLink, writeLink } from './links.ts'
import { inLexicalOrder } from './pages.ts'
import type { Storage } from './storage/storage.ts'

/** Names of manifests in a repository. */
export class Tags {
  readonly #storage: Storage

  constructor(storage: Storage) {
    this.#storage = storage
  }

  digestOf(repository: string, tag: string): Promise<Digest | undefined> {
    return readLink(this.#storage, tagLink(repository, tag))
  }

  /** Moves the tag at once: whoever asks gets the old manifest or the new one. */
  async set(repository: string, tag: string, digest: Digest): Promise<void> {
    await writeLink(this.#storage, tagHistoryLink(repository, tag, digest), digest)
    await writeLink(this.#storage, tagLink(repository, tag), digest)
  }

  async remove(repository: string, tag: string): Promise<void> {
    // First what makes it a tag: what is left by a crash in between is no half tag.
    await this.#storage.remove(tagLink(repository, tag))
    await this.#storage.remove(`${tags(repository)}/${tag}`)
  }

  /** Sorted. @throws RegistryError `NAME_UNKNOWN` */
  async all(repository: string): Promise<string[]> {
    const names = (await this.#storage.list(tags(repository))).map(({ name }) => name)
    if (names.length === 0 && !(await this.#isKnown(repository))) throw new RegistryError('NAME_UNKNOWN', { detail: { name: repository } })
    const links = await Promise.all(names.map((tag) => this.#storage.stat(tagLink(repository, tag))))
    return names.filter((_, index) => links[index] !== undefined).sort(inLexicalOrder)
  }

  async #isKnown(repository: string): Promise<boolean> {
    const folders = await Promise.all([manifests(repository), layerLinks(repository)].map((folder) => this.#storage.list(folder)))
    return folders.some((entries) => entries.length > 0)
  }
}
