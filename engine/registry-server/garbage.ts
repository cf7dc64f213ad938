import { type Digest, isDigest } from '../images/digest.ts'
import { BLOBS, blobData, GARBAGE, layerLink, layerLinks, revisions, setAside } from './layout.ts'
import { linkedDigests } from './links.ts'
import type { Manifest } from './manifest.ts'
import { readManifest } from './read-manifest.ts'
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
  const needs = new Needs(registry)
  const untagged: RepositoryManifest[] = []
  for (const found of withUntagged ? await findUntagged(registry, graceMs, (manifest) => needs.add(manifest)) : []) {
    const gone = isDryRun ? [...found.manifests.keys()] : await removeUntagged(registry, graceMs, found)
    untagged.push(...gone.map((digest) => ({ repository: found.repository, digest })))
  }
  await needs.read(isDryRun ? untagged : [])
  const olderThanMs = Date.now() - graceMs
  const candidates = await unneeded(registry, needs, olderThanMs)
  const removed: { readonly digest: Digest; readonly sizeBytes: number }[] = []
  if (isDryRun) removed.push(...candidates)
  else {
    const aside: typeof candidates = []
    for (const candidate of candidates) if (await putAside(registry, candidate.digest, olderThanMs)) aside.push(candidate)
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

  constructor(registry: Registry) {
    this.#registry = registry
  }

  has(digest: Digest): boolean {
    return this.#needed.has(digest)
  }

  add({ digest, blobs, elsewhere, manifests }: Manifest): void {
    this.#read.add(digest)
    for (const one of [digest, ...blobs, ...elsewhere, ...manifests]) this.#needed.add(one)
  }

  /** Those that have come since the last time. @param going that are there still, when nothing is to be removed, and would not be */
  async read(going: readonly RepositoryManifest[] = []): Promise<void> {
    const without = new Set(going.map(keyOf))
    for (const repository of await this.#registry.catalog.folders()) {
      for (const digest of await linkedDigests(this.#registry.storage, revisions(repository))) {
        if (this.#read.has(digest) || without.has(keyOf({ repository, digest }))) continue
        const stored = await readManifest(this.#registry, repository, digest)
        if (stored) this.add(stored.manifest)
      }
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

/** @returns false when it has gone, or a push has come to rely on it since it was found */
async function putAside({ storage }: Registry, digest: Digest, olderThanMs: number): Promise<boolean> {
  const facts = await storage.stat(blobData(digest))
  return facts !== undefined && facts.modifiedAtMs <= olderThanMs && storage.move(blobData(digest), setAside(digest))
}

/** Of a collection that did not come to its end: nobody knows any more whether they are needed. */
async function putBackLeftovers(registry: Registry): Promise<void> {
  for (const { name } of await registry.storage.list(GARBAGE)) {
    const digest = `sha256:${name}`
    if (isDigest(digest)) await putBack(registry, digest)
  }
}

/** Young: a push that missed it has perhaps brought it again, and relies on the one of the two that stays. */
async function putBack({ storage }: Registry, digest: Digest): Promise<void> {
  await storage.touch(setAside(digest))
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
