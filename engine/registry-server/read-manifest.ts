import { messageOf } from '../errors.ts'
import type { Digest } from '../images/digest.ts'
import { setAside } from './layout.ts'
import { parseManifest } from './manifest.ts'
import type { StoredManifest } from './manifests.ts'
import type { Registry } from './registry.ts'

/**
 * A manifest of a repository, as the garbage collection reads it.
 * @returns undefined when it has gone: of a push that is about to store it again, or of a disk that has lost it
 * @throws Error for one that cannot be read: as long as nobody knows what it needs, nothing may be removed
 */
export async function readManifest(registry: Registry, repository: string, digest: Digest): Promise<StoredManifest | undefined> {
  const bytes = await bytesOf(registry, digest)
  try {
    return bytes && { manifest: parseManifest(bytes), bytes }
  } catch (error) {
    throw new Error(`nothing was removed: the manifest ${digest} of ${repository} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

/** Another collection may have set it aside for this moment, or be putting it back. */
async function bytesOf({ blobs, storage }: Registry, digest: Digest): Promise<Buffer | undefined> {
  return (await blobs.readWhole(digest)) ?? (await storage.readWhole(setAside(digest))) ?? (await blobs.readWhole(digest))
}
