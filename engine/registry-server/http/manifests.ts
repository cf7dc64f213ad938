import type { Manifest } from '../manifest.ts'
import { type ManifestReference, parseManifestReference } from '../names.ts'
import type { EventTarget } from '../notifications.ts'
import type { Registry } from '../registry.ts'
import type { RegistryCall } from './call.ts'

/** @see OCI distribution-spec v1.1, "Pushing Manifests": a registry should take at least this much */
const LIMIT_BYTES = 4 * 1024 * 1024

/** @see OCI distribution-spec v1.1, end-3 */
export async function getManifest({ manifests, upstream }: Registry, call: RegistryCall): Promise<void> {
  const reference = parseManifestReference(call.target)
  await upstream?.bringManifest(call.repository, reference)
  const { manifest, bytes } = await manifests.get(call.repository, reference)
  const headers = { 'Content-Type': manifest.mediaType, 'Docker-Content-Digest': manifest.digest, ETag: `"${manifest.digest}"` }
  if (!call.isHead && call.header('if-none-match') === headers.ETag) return call.answer(304, headers)
  if (!call.isHead) call.deeds.push({ action: 'pull', target: targetOf(call, manifest, reference) })
  call.bytes(bytes, headers)
}

/** @see OCI distribution-spec v1.1, end-7 */
export async function putManifest({ manifests }: Registry, call: RegistryCall): Promise<void> {
  const reference = parseManifestReference(call.target)
  const bytes = await call.body(LIMIT_BYTES, 'MANIFEST_INVALID')
  const manifest = await manifests.put(call.repository, reference, bytes, call.header('content-type')?.split(';', 1)[0]?.trim())
  call.deeds.push({ action: 'push', target: targetOf(call, manifest, reference) })
  call.answer(201, {
    Location: `/v2/${call.repository}/manifests/${manifest.digest}`,
    'Docker-Content-Digest': manifest.digest,
    ...subjectHeader(manifest),
  })
}

function targetOf({ repository }: RegistryCall, { mediaType, digest, sizeBytes }: Manifest, { tag }: ManifestReference): EventTarget {
  return { repository, mediaType, digest, size: sizeBytes, ...(tag !== undefined && { tag }) }
}

/** Tells that the manifest will be found among its subject's referrers. */
function subjectHeader({ subject }: Manifest): Record<string, string> {
  return subject ? { 'OCI-Subject': subject } : {}
}

/** A tag alone, or a manifest with all its tags. @see OCI distribution-spec v1.1, end-9 */
export async function removeManifest({ manifests, tags }: Registry, call: RegistryCall): Promise<void> {
  const reference = parseManifestReference(call.target)
  const { manifest } = await manifests.get(call.repository, reference)
  if (reference.tag === undefined) await manifests.remove(call.repository, manifest.digest)
  else await tags.remove(call.repository, reference.tag)
  call.deeds.push({ action: 'delete', target: targetOf(call, manifest, reference) })
  call.answer(202)
}
