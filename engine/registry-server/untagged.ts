import type { Digest } from '../images/digest.ts'
import { revisionLink, revisions, tags as tagFolder } from './layout.ts'
import { linkedDigests } from './links.ts'
import type { Manifest } from './manifest.ts'
import type { Registry } from './registry.ts'

/** A manifest where it is: the same may be in several repositories. */
export interface RepositoryManifest {
  readonly repository: string
  readonly digest: Digest
}

/**
 * The manifests that no tag leads to: not by name, not through an index, and not as what refers to one of those.
 * @param graceMs what is younger counts as tagged: its tag, or its index, may still be on the way
 * @throws Error for a manifest that cannot be read: as long as nobody knows what it leads to, none is untagged
 */
export async function findUntagged(registry: Registry, graceMs: number): Promise<RepositoryManifest[]> {
  const olderThanMs = Date.now() - graceMs
  const found: RepositoryManifest[] = []
  for (const repository of await registry.catalog.folders()) {
    const digests = await linkedDigests(registry.storage, revisions(repository))
    if (digests.length === 0) continue
    const led = await ledTo(registry, repository, digests)
    for (const digest of digests) {
      const link = led.has(digest) ? undefined : await registry.storage.stat(revisionLink(repository, digest))
      if (link && link.modifiedAtMs <= olderThanMs) found.push({ repository, digest })
    }
  }
  return found
}

/** Removes one. Whoever tags it in this very moment keeps it. */
export async function removeUntagged(registry: Registry, { repository, digest }: RepositoryManifest): Promise<void> {
  const { manifest, bytes } = await registry.manifests.get(repository, { digest })
  await registry.manifests.forget(repository, manifest)
  if (!(await taggedIn(registry, repository)).includes(digest)) return
  await registry.manifests.put(repository, { digest }, bytes, undefined)
}

async function taggedIn({ tags, storage }: Registry, repository: string): Promise<Digest[]> {
  const found: Digest[] = []
  for (const { name } of await storage.list(tagFolder(repository))) {
    const digest = await tags.digestOf(repository, name)
    if (digest !== undefined) found.push(digest)
  }
  return found
}

async function ledTo(registry: Registry, repository: string, digests: readonly Digest[]): Promise<ReadonlySet<Digest>> {
  const known = new Map<Digest, Manifest>()
  const referrers = new Map<Digest, Digest[]>()
  for (const digest of digests) {
    const { manifest } = await registry.manifests.get(repository, { digest })
    known.set(digest, manifest)
    if (manifest.subject) referrers.set(manifest.subject, [...(referrers.get(manifest.subject) ?? []), digest])
  }
  const led = new Set<Digest>()
  const lead = (digest: Digest): void => {
    if (led.has(digest)) return
    led.add(digest)
    for (const one of known.get(digest)?.manifests ?? []) lead(one)
    for (const one of referrers.get(digest) ?? []) lead(one)
  }
  for (const digest of await taggedIn(registry, repository)) lead(digest)
  return led
}
