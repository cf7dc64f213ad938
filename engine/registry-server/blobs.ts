import type { Writable } from 'node:stream'
import { type Digest, digestOf } from '../images/digest.ts'
import { RegistryError } from './errors.ts'
import { blobData, layerLink } from './layout.ts'
import { writeLink } from './links.ts'
import type { ByteRange, FileFacts, Storage } from './storage/storage.ts'

/**
 * Bytes by their digest, once for all repositories; a repository gives out those it has a link to. A blob appears with
 * its whole content, checked and flushed, or not at all.
 */
export class Blobs {
  readonly #storage: Storage

  constructor(storage: Storage) {
    this.#storage = storage
  }

  /** @returns undefined when this repository has no such blob */
  async find(repository: string, digest: Digest): Promise<FileFacts | undefined> {
    if (!(await this.#storage.stat(layerLink(repository, digest)))) return undefined
    return this.#storage.stat(blobData(digest))
  }

  /** @throws RegistryError `BLOB_UNKNOWN` */
  async get(repository: string, digest: Digest): Promise<FileFacts> {
    const facts = await this.find(repository, digest)
    if (!facts) throw new RegistryError('BLOB_UNKNOWN', { detail: { digest } })
    return facts
  }

  /** @throws RegistryError `BLOB_UNKNOWN` */
  async open(digest: Digest, range?: ByteRange): Promise<(target: Writable) => Promise<void>> {
    const send = await this.#storage.open(blobData(digest), range)
    if (!send) throw new RegistryError('BLOB_UNKNOWN', { detail: { digest } })
    return send
  }

  /** Whatever its repository; for what is small. */
  readWhole(digest: Digest): Promise<Buffer | undefined> {
    return this.#storage.readWhole(blobData(digest))
  }

  /** Stores what is small. */
  async writeWhole(data: Uint8Array): Promise<Digest> {
    const digest = digestOf(data)
    if (!(await this.#storage.touch(blobData(digest)))) await this.#storage.writeWhole(blobData(digest), data)
    return digest
  }

  /**
   * Makes a growing file of the storage, of whose version the caller has checked the digest, a blob.
   * @throws RegistryError `BLOB_UPLOAD_UNKNOWN` when it has gone, or somebody else has changed it
   */
  async adopt(path: string, version: string, digest: Digest): Promise<void> {
    if (!(await this.#storage.settle(path, blobData(digest), version))) throw new RegistryError('BLOB_UPLOAD_UNKNOWN')
  }

  async link(repository: string, digest: Digest): Promise<void> {
    await writeLink(this.#storage, layerLink(repository, digest), digest)
  }

  /** The bytes stay for other repositories, and until the garbage collection finds that nobody wants them. */
  async unlink(repository: string, digest: Digest): Promise<void> {
    await this.get(repository, digest)
    await this.#storage.remove(layerLink(repository, digest))
  }

  /**
   * Somebody is about to rely on this blob: the garbage collection lets it be for its grace period.
   * @returns whether this repository has it
   */
  async claim(repository: string, digest: Digest): Promise<boolean> {
    return (await this.#storage.stat(layerLink(repository, digest))) !== undefined && (await this.#storage.touch(blobData(digest)))
  }
}
