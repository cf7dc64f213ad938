import { Blobs } from './blobs.ts'
import { Catalog } from './catalog.ts'
import { Manifests } from './manifests.ts'
import { Referrers } from './referrers.ts'
import type { Storage } from './storage/storage.ts'
import { Tags } from './tags.ts'
import { Uploads } from './uploads.ts'
import type { Upstream } from './upstream.ts'

/** A registry without its HTTP: repositories of blobs, manifests and tags on a storage. */
export class Registry {
  readonly storage: Storage
  readonly blobs: Blobs
  readonly uploads: Uploads
  readonly tags: Tags
  readonly manifests: Manifests
  readonly referrers: Referrers
  readonly catalog: Catalog
  /** Where what is not here may be had. */
  upstream: Upstream | undefined

  constructor(storage: Storage) {
    this.storage = storage
    this.blobs = new Blobs(storage)
    this.uploads = new Uploads(storage, this.blobs)
    this.tags = new Tags(storage)
    this.manifests = new Manifests(storage, this.blobs, this.tags)
    this.referrers = new Referrers(storage, this.manifests)
    this.catalog = new Catalog(storage)
  }

  /** Removes what pushes that were given up, or a process that died, have left behind. @param ageMs what is younger may still be wanted */
  async removeAbandoned(ageMs: number): Promise<void> {
    for (const repository of await this.catalog.folders()) await this.uploads.removeOlderThan(repository, ageMs)
    await this.storage.removeUnfinished(ageMs)
  }
}
