import type { Digest } from '../images/digest.ts'
import { revisionLink, revisions, tags as tagFolder } from './layout.ts'
import { linkedDigests } from './links.ts'
import type { Manifest } from './manifest.ts'
import { readManifest } from './read-manifest.ts'
import type { Registry } from './registry.ts'

/** A manifest where it is: the same may be in several repositories. */
export interface RepositoryManifest {
  readonly repository: string
  readonly digest: Digest
}

/** What a look at a repository has found. */
export interface UntaggedManifests {
  readonly repository: string
  readonly manifests: ReadonlyMap<Digest, Manifest>
  /** All that it had, these and others. */
  readonly seen: ReadonlySet<Digest>
}

/**
 * The manifests that no tag leads to: not by name, not through an index, and not as what refers to one of those.
 * @param graceMs what is younger counts as tagged: its tag, or its index, may still be on the way
 * @param onOther called with each that a tag leads to
 * @throws Error for a manifest that cannot be read: as long as nobody knows what it leads to, none is untagged
 */
export async function findUntagged(registry: Registry, graceMs: number, onOther: (manifest: Manifest) => void): Promise<UntaggedManifests[]> {
  const olderThanMs = Date.now() - graceMs
  const found: UntaggedManifests[] = []
  for (const repository of await registry.catalog.folders()) {
    const seen = await linkedDigests(registry.storage, revisions(repository))
    if (seen.length === 0) continue
    const known = await readAll(registry, repository, seen)
    const tagged = await taggedIn(registry, repository)
    const led = ledTo(known, tagged)
    const young: Digest[] = []
    for (const digest of seen) if (!led.has(digest) && (await isYoung(registry, repository, digest, olderThanMs))) young.push(digest)
    const staying = ledTo(known, [...tagged, ...young])
    for (const [digest, manifest] of known) if (staying.has(digest)) onOther(manifest)
    found.push({ repository, manifests: new Map([...known].filter(([digest]) => !staying.has(digest))), seen: new Set(seen) })
  }
  return found
}

/**
 * Removes them, while clients push. A push makes the manifests of its index young, and looks for them once more when the
 * index is there; here, what has come is looked for when they are gone. One of the two sees the other.
 * @returns those that are gone: what something leads to after all is put back
 */
export async function removeUntagged(registry: Registry, graceMs: number, { repository, manifests, seen }: UntaggedManifests): Promise<Digest[]> {
  const olderThanMs = Date.now() - graceMs
  const gone = new Map<Digest, Manifest>()
  // Before anybody has looked, all of them.
  let needed: ReadonlySet<Digest> = new Set(manifests.keys())
  try {
    for (const [digest, manifest] of manifests) {
      if (await isYoung(registry, repository, digest, olderThanMs)) continue
      gone.set(digest, manifest)
      await registry.manifests.forget(repository, manifest)
    }
    needed = gone.size === 0 ? new Set() : await neededNow(registry, { repository, manifests, seen })
  } finally {
    for (const digest of gone.keys()) if (needed.has(digest)) await putBack(registry, repository, digest)
  }
  return [...gone.keys()].filter((digest) => !needed.has(digest))
}

/**
 * What the tags and the manifests that a repository has now lead to: through those that were found untagged, gone or not, and
 * those that have come. The others lead to none of these.
 */
async function neededNow(registry: Registry, { repository, manifests, seen }: UntaggedManifests): Promise<ReadonlySet<Digest>> {
  const there = await linkedDigests(registry.storage, revisions(repository))
  const come = await readAll(
    registry,
    repository,
    there.filter((digest) => !seen.has(digest)),
  )
  return ledTo(new Map([...manifests, ...come]), [...there, ...(await taggedIn(registry, repository))])
}

/** As it was: what it needs may have been away before. */
async function putBack(registry: Registry, repository: string, digest: Digest): Promise<void> {
  const stored = await readManifest(registry, repository, digest)
  if (stored) await registry.manifests.keep(repository, { digest }, stored.bytes)
}

/** But for those that have gone. */
async function readAll(registry: Registry, repository: string, digests: readonly Digest[]): Promise<Map<Digest, Manifest>> {
  const known = new Map<Digest, Manifest>()
  for (const digest of digests) {
    const stored = await readManifest(registry, repository, digest)
    if (stored) known.set(digest, stored.manifest)
  }
  return known
}

async function isYoung({ storage }: Registry, repository: string, digest: Digest, olderThanMs: number): Promise<boolean> {
  const link = await storage.stat(revisionLink(repository, digest))
  return link !== undefined && link.modifiedAtMs > olderThanMs
}

async function taggedIn({ tags, storage }: Registry, repository: string): Promise<Digest[]> {
  const found: Digest[] = []
  for (const { name } of await storage.list(tagFolder(repository))) {
    const digest = await tags.digestOf(repository, name)
    if (digest !== undefined) found.push(digest)
  }
  return found
}

/** Some manifests of a repository, what is in them, and what refers to them, as far as it is known. */
function ledTo(known: ReadonlyMap<Digest, Manifest>, from: Iterable<Digest>): ReadonlySet<Digest> {
  const referrers = new Map<Digest, Digest[]>()
  for (const [digest, { subject }] of known) if (subject) referrers.set(subject, [...(referrers.get(subject) ?? []), digest])
  const led = new Set<Digest>()
  const lead = (digest: Digest): void => {
    if (led.has(digest)) return
    led.add(digest)
    for (const one of known.get(digest)?.manifests ?? []) lead(one)
    for (const one of referrers.get(digest) ?? []) lead(one)
  }
  for (const digest of from) lead(digest)
  return led
}
