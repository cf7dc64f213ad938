import type { Digest } from '../images/digest.ts'
import type { Place } from '../images/registry/neighbour.ts'
import { blobData } from '../registry-server/layout.ts'
import type { Registry } from '../registry-server/registry.ts'
import type { FolderStorage } from '../registry-server/storage/folder-storage.ts'

/** Blobs between the content store and a registry on a folder beside it. Each removes its own name only, and the bytes go with the last. */
export class SharedBlobs {
  readonly #registry: Registry
  readonly #storage: FolderStorage

  /** @param storage that of the registry */
  constructor(registry: Registry, storage: FolderStorage) {
    this.#registry = registry
    this.#storage = storage
  }

  /** @param path a file of this digest, flushed, that nobody changes @returns false when it cannot be shared */
  async give({ repository }: Place, digest: Digest, path: string): Promise<boolean> {
    const target = blobData(digest)
    if (!(await this.#storage.touch(target)) && !(await this.#storage.linkFrom(path, target))) return false
    await this.#registry.blobs.link(repository, digest)
    return true
  }

  /** The garbage collection lets it be for its grace period. @returns undefined when the repository does not have it */
  async lend({ repository }: Place, digest: Digest): Promise<string | undefined> {
    return (await this.#registry.blobs.claim(repository, digest)) ? this.#storage.locate(blobData(digest)) : undefined
  }
}
