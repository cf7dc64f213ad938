import type { Digest } from '../images/digest.ts'
import { referrers } from './layout.ts'
import { linkedDigests } from './links.ts'
import type { Manifest } from './manifest.ts'
import type { Manifests } from './manifests.ts'
import type { Storage } from './storage/storage.ts'

/**
 * The manifests of a repository that name this one as their subject: signatures, bills of material.
 * @see OCI distribution-spec v1.1, "Listing Referrers"
 */
export class Referrers {
  readonly #storage: Storage
  readonly #manifests: Manifests

  constructor(storage: Storage, manifests: Manifests) {
    this.#storage = storage
    this.#manifests = manifests
  }

  async of(repository: string, subject: Digest, artifactType: string | undefined): Promise<Manifest[]> {
    const found: Manifest[] = []
    for (const digest of await linkedDigests(this.#storage, referrers(repository, subject))) {
      // One that is being removed still has its link.
      if (!(await this.#manifests.has(repository, digest))) continue
      const { manifest } = await this.#manifests.get(repository, { digest })
      if (artifactType === undefined || manifest.artifactType === artifactType) found.push(manifest)
    }
    return found
  }
}
