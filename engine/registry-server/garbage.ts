import { messageOf } from '../errors.ts'
import { type Digest, hexOf, isDigest } from '../images/digest.ts'
import { BLOBS, blobData, GARBAGE, layerLink, layerLinks, revisions } from './layout.ts'
import { linkedDigests } from './links.ts'
import { parseManifest } from './manifest.ts'
import type { Registry } from './registry.ts'
import { findUntagged, type RepositoryManifest, removeUntagged } from './untagged.ts'

export interface GarbageOptions {
  /** A blob that is younger stays: its manifest may still be on the way. */
  readonly graceMs: number
  /** Only say what would go. */
  readonly isDryRun: boolean
  /** Manifests that no tag leads to go first, and with them what they alone need. */
  readonly withUntagged?: boolean
}

export interface GarbageReport {
  readonly untagged: readonly RepositoryManifest[]
  readonly blobs: readonly Digest[]
  readonly sizeBytes: number
}

/**
 * Removes the blobs that no manifest refers to, while clients push and pull, from this process or another.
 *
 * A push says which blobs it relies on by touching them, which keeps them for the grace period. One that comes between
 * our look and our removal is seen all the same: blobs are first set aside, then manifests that are new are read, and
 * what they need is put back. A push looks for its blobs once more when its manifest is there (`manifests.ts`).
 * @throws Error for a manifest that cannot be read: as long as nobody knows what it needs, nothing is removed
 */
export async function collectGarbage(registry: Registry, { graceMs, isDryRun, withUntagged = false }: GarbageOptions): Promise<GarbageReport> {
  if (!isDryRun) await putBackLeftovers(registry)
  const untagged = withUntagged ? await findUntagged(registry, graceMs) : []
  if (!isDryRun) for (const one of untagged) await removeUntagged(registry, one)
  // What was removed is gone, or was put back for a tag that came meanwhile.
  const needs = new Needs(registry, isDryRun ? untagged : [])
  await needs.read()
  const olderThanMs = Date.now() - graceMs
  const candidates = await unneeded(registry, needs, olderThanMs)
  const removed: { readonly digest: Digest; readonly sizeBytes: number }[] = []
  if (isDryRun) removed.push(...candidates)
  else {
    const aside: typeof candidates = []
    for (const candidate of candidates) if (await registry.storage.move(blobData(candidate.digest), setAside(candidate.digest))) aside.push(candidate)
    await needs.read()
    for (const candidate of aside) {
      if (needs.has(candidate.digest)) await putBack(registry, candidate.digest)
      else {
        await registry.storage.remove(setAside(candidate.digest))
        removed.push(candidate)
      }
    }
    await removeDeadLinks(registry, olderThanMs)
  }
  return { untagged, blobs: removed.map(({ digest }) => digest), sizeBytes: removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) }
}

/** What the manifests of all repositories refer to, and the manifests themselves. */
class Needs {
  readonly #registry: Registry
  readonly #needed = new Set<Digest>()
  /** Manifests never change: one is read once. */
  readonly #read = new Set<Digest>()
  readonly #going: ReadonlySet<string>

  /** @param going that are there still, when nothing is to be removed, and would not be */
  constructor(registry: Registry, going: readonly RepositoryManifest[]) {
    this.#registry = registry
    this.#going = new Set(going.map(keyOf))
  }

  has(digest: Digest): boolean {
    return this.#needed.has(digest)
  }

  /** Those that have come since the last time. */
  async read(): Promise<void> {
    for (const repository of await this.#registry.catalog.folders()) {
      for (const digest of await linkedDigests(this.#registry.storage, revisions(repository))) {
        if (this.#read.has(digest) || this.#going.has(keyOf({ repository, digest }))) continue
        const bytes = await this.#bytesOf(digest)
        if (!bytes) continue // Of a push that is about to store it again, or of a disk that has lost it.
        this.#add(repository, digest, bytes)
        this.#read.add(digest)
      }
    }
  }

  /** Another collection may have set it aside for this moment, or be putting it back. */
  async #bytesOf(digest: Digest): Promise<Buffer | undefined> {
    const { blobs, storage } = this.#registry
    return (await blobs.readWhole(digest)) ?? (await storage.readWhole(setAside(digest))) ?? (await blobs.readWhole(digest))
  }

  #add(repository: string, digest: Digest, bytes: Buffer): void {
    try {
      const { blobs, elsewhere, manifests } = parseManifest(bytes)
      for (const one of [digest, ...blobs, ...elsewhere, ...manifests]) this.#needed.add(one)
    } catch (error) {
      throw new Error(`nothing was removed: the manifest ${digest} of ${repository} cannot be read: ${messageOf(error)}`, { cause: error })
    }
  }
}

function keyOf({ repository, digest }: RepositoryManifest): string {
  return `${repository}@${digest}`
}

async function unneeded({ storage }: Registry, needs: Needs, olderThanMs: number): Promise<{ digest: Digest; sizeBytes: number }[]> {
  const found: { digest: Digest; sizeBytes: number }[] = []
  for (const { name: prefix } of await storage.list(BLOBS)) {
    for (const { name: hex } of await storage.list(`${BLOBS}/${prefix}`)) {
      const digest = `sha256:${hex}`
      if (!isDigest(digest) || needs.has(digest)) continue
      const facts = await storage.stat(blobData(digest))
      if (facts && facts.modifiedAtMs <= olderThanMs) found.push({ digest, sizeBytes: facts.sizeBytes })
    }
  }
  return found
}

function setAside(digest: Digest): string {
  return `${GARBAGE}/${hexOf(digest)}`
}

/** Of a collection that did not come to its end: nobody knows any more whether they are needed. */
async function putBackLeftovers(registry: Registry): Promise<void> {
  for (const { name } of await registry.storage.list(GARBAGE)) {
    const digest = `sha256:${name}`
    if (isDigest(digest)) await putBack(registry, digest)
  }
}

async function putBack({ storage }: Registry, digest: Digest): Promise<void> {
  await storage.move(setAside(digest), blobData(digest))
}

/** A repository's links to blobs that are gone; but for young ones, as their blob may just be coming again. */
async function removeDeadLinks({ storage, catalog }: Registry, olderThanMs: number): Promise<void> {
  for (const repository of await catalog.folders()) {
    for (const digest of await linkedDigests(storage, layerLinks(repository))) {
      const link = layerLink(repository, digest)
      const facts = await storage.stat(link)
      if (!facts || facts.modifiedAtMs > olderThanMs) continue
      // Another collection may have set it aside for this moment, or be putting it back.
      if ((await storage.stat(blobData(digest))) ?? (await storage.stat(setAside(digest))) ?? (await storage.stat(blobData(digest)))) continue
      await storage.remove(link.slice(0, link.lastIndexOf('/')))
    }
  }
}
