import type { Digest } from '../images/digest.ts'
import type { Blobs } from './blobs.ts'
import { RegistryError } from './errors.ts'
import { referrerLink, revisionLink } from './layout.ts'
import { writeLink } from './links.ts'
import { type Manifest, parseManifest } from './manifest.ts'
import type { ManifestReference } from './names.ts'
import type { Storage } from './storage/storage.ts'
import type { Tags } from './tags.ts'

export interface StoredManifest {
  readonly manifest: Manifest
  readonly bytes: Buffer
}

/** Manifests and indexes of a repository, by tag or digest. */
export class Manifests {
  readonly #storage: Storage
  readonly #blobs: Blobs
  readonly #tags: Tags

  constructor(storage: Storage, blobs: Blobs, tags: Tags) {
    this.#storage = storage
    this.#blobs = blobs
    this.#tags = tags
  }

  /** @throws RegistryError `MANIFEST_UNKNOWN` */
  async get(repository: string, reference: ManifestReference): Promise<StoredManifest> {
    const digest = reference.digest ?? (await this.#tags.digestOf(repository, reference.tag))
    const bytes = digest && (await this.has(repository, digest)) ? await this.#blobs.readWhole(digest) : undefined
    if (!bytes) throw new RegistryError('MANIFEST_UNKNOWN', { detail: { name: repository, ...reference } })
    return { manifest: parseManifest(bytes), bytes }
  }

  async has(repository: string, digest: Digest): Promise<boolean> {
    return (await this.#storage.stat(revisionLink(repository, digest))) !== undefined
  }

  /**
   * Stores a manifest, and names it where `reference` is a tag.
   * @param contentType undefined when the client gave none
   * @throws RegistryError `MANIFEST_INVALID`, `MANIFEST_BLOB_UNKNOWN` when something it refers to is not here, `DIGEST_INVALID`
   */
  async put(repository: string, reference: ManifestReference, bytes: Buffer, contentType: string | undefined): Promise<Manifest> {
    const manifest = parseManifest(bytes, contentType)
    checkDigest(manifest, reference)
    await this.#checkReferences(repository, manifest)
    await this.#blobs.writeWhole(bytes)
    const isNew = !(await this.has(repository, manifest.digest))
    await writeLink(this.#storage, revisionLink(repository, manifest.digest), manifest.digest)
    await this.#checkAgain(repository, { manifest, bytes }, isNew)
    await this.#name(repository, reference, manifest)
    return manifest
  }

  /**
   * Stores a manifest whose blobs and manifests may come later, as somebody asks for them.
   * @throws RegistryError `MANIFEST_INVALID`, `DIGEST_INVALID`
   */
  async keep(repository: string, reference: ManifestReference, bytes: Buffer): Promise<void> {
    const manifest = parseManifest(bytes)
    checkDigest(manifest, reference)
    await this.#blobs.writeWhole(bytes)
    await this.#name(repository, reference, manifest)
  }

  /** By digest, with the tags that name it. @throws RegistryError `MANIFEST_UNKNOWN` */
  async remove(repository: string, digest: Digest): Promise<void> {
    const stored = await this.get(repository, { digest })
    for (const tag of await this.#tags.all(repository)) {
      if ((await this.#tags.digestOf(repository, tag)) === digest) await this.#tags.remove(repository, tag)
    }
    await this.forget(repository, stored.manifest)
  }

  /** By digest alone: tags that name it stay, and lead nowhere. */
  async forget(repository: string, { digest, subject }: Pick<Manifest, 'digest' | 'subject'>): Promise<void> {
    if (subject) await this.#storage.remove(folderOf(referrerLink(repository, subject, digest)))
    await this.#storage.remove(folderOf(revisionLink(repository, digest)))
  }

  /** Makes it one of the repository's, by digest, by tag, and among the referrers of its subject. */
  async #name(repository: string, { tag }: ManifestReference, { digest, subject }: Manifest): Promise<void> {
    await writeLink(this.#storage, revisionLink(repository, digest), digest)
    if (subject) await writeLink(this.#storage, referrerLink(repository, subject, digest), digest)
    if (tag !== undefined) await this.#tags.set(repository, tag, digest)
  }

  /** As with a blob: an index is about to rely on it. @returns whether this repository has it */
  #claim(repository: string, digest: Digest): Promise<boolean> {
    return this.#storage.touch(revisionLink(repository, digest))
  }

  /** @throws RegistryError `MANIFEST_BLOB_UNKNOWN` that names all that is missing */
  async #checkReferences(repository: string, { blobs, manifests }: Manifest): Promise<void> {
    const missing: Digest[] = []
    for (const digest of new Set(blobs)) if (!(await this.#blobs.claim(repository, digest))) missing.push(digest)
    for (const digest of new Set(manifests)) if (!(await this.#claim(repository, digest))) missing.push(digest)
    if (missing.length > 0) throw new RegistryError('MANIFEST_BLOB_UNKNOWN', { detail: missing.map((digest) => ({ digest })) })
  }

  /**
   * The garbage collection sets blobs aside and then looks whether a manifest has come for them; this is the other half
   * of that: the manifest is there first, and then its blobs are looked for again. One of the two sees the other.
   */
  async #checkAgain(repository: string, { manifest, bytes }: StoredManifest, isNew: boolean): Promise<void> {
    try {
      await this.#blobs.writeWhole(bytes)
      await this.#checkReferences(repository, manifest)
    } catch (error) {
      if (isNew) await this.#storage.remove(folderOf(revisionLink(repository, manifest.digest)))
      throw error
    }
  }
}

function checkDigest({ digest }: Manifest, reference: ManifestReference): void {
  if (reference.digest !== undefined && reference.digest !== digest)
    throw new RegistryError('DIGEST_INVALID', { detail: { digest: reference.digest, actual: digest } })
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}
