import { RegistryError } from '../errors.ts'
import { parseDigest } from '../names.ts'
import type { Registry } from '../registry.ts'
import type { RegistryCall } from './call.ts'
import { parseRange } from './ranges.ts'

/** @see OCI distribution-spec v1.1, end-2 */
export async function getBlob({ blobs, upstream }: Registry, call: RegistryCall): Promise<void> {
  const digest = parseDigest(call.target)
  await upstream?.bringBlob(call.repository, digest)
  const { sizeBytes } = await blobs.get(call.repository, digest)
  const headers = {
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'max-age=31536000',
    'Content-Type': 'application/octet-stream',
    'Docker-Content-Digest': digest,
    ETag: `"${digest}"`,
  }
  if (call.isHead) {
    // A client that finds it here will not send it: it has to be here when the manifest comes.
    if (!(await blobs.claim(call.repository, digest))) throw new RegistryError('BLOB_UNKNOWN', { detail: { digest } })
    return call.answer(200, { ...headers, 'Content-Length': sizeBytes })
  }
  if (call.header('if-none-match') === headers.ETag) return call.answer(304, headers)
  const range = parseRange(call.header('range'), sizeBytes)
  const send = await blobs.open(digest, range)
  call.deeds.push({ action: 'pull', target: { repository: call.repository, mediaType: headers['Content-Type'], digest, size: sizeBytes } })
  if (!range) return call.stream(200, { ...headers, 'Content-Length': sizeBytes }, send)
  const part = { 'Content-Length': range.last - range.first + 1, 'Content-Range': `bytes ${range.first}-${range.last}/${sizeBytes}` }
  await call.stream(206, { ...headers, ...part }, send)
}

/** @see OCI distribution-spec v1.1, end-10 */
export async function removeBlob({ blobs }: Registry, call: RegistryCall): Promise<void> {
  const digest = parseDigest(call.target)
  await blobs.unlink(call.repository, digest)
  call.deeds.push({ action: 'delete', target: { repository: call.repository, digest } })
  call.answer(202)
}
