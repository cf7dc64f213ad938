import type { Digest } from '../../images/digest.ts'
import { RegistryError } from '../errors.ts'
import { parseDigest, parseRepository } from '../names.ts'
import type { Registry } from '../registry.ts'
import type { ByteRange } from '../storage/storage.ts'
import type { RegistryCall } from './call.ts'
import { parseContentRange, receivedRange } from './ranges.ts'

/** A new upload; or at once a blob, from the body or from another repository. @see OCI distribution-spec v1.1, end-4a, end-4b, end-11 */
export async function beginUpload(registry: Registry, call: RegistryCall): Promise<void> {
  const mount = call.query.get('mount')
  if (mount !== null && (await mountBlob(registry, call, parseDigest(mount)))) return
  const digestText = call.query.get('digest')
  const digest = digestText === null ? undefined : parseDigest(digestText)
  const id = await registry.uploads.begin(call.repository)
  if (digest === undefined) return call.answer(202, uploadHeaders(call.repository, id, 0))
  const sizeBytes = await registry.uploads.append(call.repository, id, call.request)
  await finish(registry, call, { id, digest, sizeBytes })
}

/** @returns false when the other repository does not have it: then the client has to send it */
async function mountBlob({ blobs }: Registry, call: RegistryCall, digest: Digest): Promise<boolean> {
  const from = call.query.get('from')
  if (from === null || !(await blobs.claim(parseRepository(from), digest))) return false
  await blobs.link(call.repository, digest)
  call.deeds.push({ action: 'mount', target: { repository: call.repository, fromRepository: from, digest } })
  created(call, digest)
  return true
}

/** @see OCI distribution-spec v1.1, end-13 */
export async function showUpload({ uploads }: Registry, call: RegistryCall): Promise<void> {
  call.answer(204, uploadHeaders(call.repository, call.target, await uploads.sizeBytes(call.repository, call.target)))
}

/** @see OCI distribution-spec v1.1, end-5 */
export async function appendToUpload(registry: Registry, call: RegistryCall): Promise<void> {
  call.answer(202, uploadHeaders(call.repository, call.target, await append(registry, call)))
}

/** With the last bytes, or none. @see OCI distribution-spec v1.1, end-6 */
export async function finishUpload(registry: Registry, call: RegistryCall): Promise<void> {
  const digest = parseDigest(call.query.get('digest') ?? '')
  await finish(registry, call, { id: call.target, digest, sizeBytes: await append(registry, call) })
}

/** @see OCI distribution-spec v1.1, "Cancel a blob upload" */
export async function cancelUpload({ uploads }: Registry, call: RegistryCall): Promise<void> {
  await uploads.cancel(call.repository, call.target)
  call.answer(204)
}

/** @returns the size of the upload with the request's body */
async function append({ uploads }: Registry, call: RegistryCall): Promise<number> {
  const { repository, target, request } = call
  const range = parseContentRange(call.header('content-range'))
  const length = call.header('content-length')
  if (range && length !== undefined && Number(length) !== range.last - range.first + 1)
    throw new RegistryError('SIZE_INVALID', { detail: { range: call.header('content-range'), length } })
  if (length === '0') return uploads.sizeBytes(repository, target)
  try {
    return await uploads.append(repository, target, request, range)
  } catch (error) {
    throw isOutOfOrder(error, range) ? await withProgress(error, call, uploads.sizeBytes(repository, target)) : error
  }
}

function isOutOfOrder(error: unknown, range: ByteRange | undefined): error is RegistryError {
  return range !== undefined && error instanceof RegistryError && error.code === 'RANGE_INVALID'
}

/** The same refusal, which tells where to go on. */
async function withProgress({ code, detail }: RegistryError, call: RegistryCall, sizeBytes: Promise<number>): Promise<RegistryError> {
  return new RegistryError(code, { detail, headers: uploadHeaders(call.repository, call.target, await sizeBytes) })
}

async function finish({ uploads }: Registry, call: RegistryCall, { id, digest, sizeBytes }: { id: string; digest: Digest; sizeBytes: number }): Promise<void> {
  await uploads.finish(call.repository, id, digest)
  call.deeds.push({ action: 'push', target: { repository: call.repository, mediaType: 'application/octet-stream', digest, size: sizeBytes } })
  created(call, digest)
}

function created(call: RegistryCall, digest: Digest): void {
  call.answer(201, { Location: `/v2/${call.repository}/blobs/${digest}`, 'Docker-Content-Digest': digest })
}

function uploadHeaders(repository: string, id: string, sizeBytes: number): Record<string, string> {
  return { Location: `/v2/${repository}/blobs/uploads/${id}`, Range: receivedRange(sizeBytes), 'Docker-Upload-UUID': id }
}
