import { pipeline } from 'node:stream/promises'
import { EngineError } from '../../errors.ts'
import { byteCounter } from '../byte-counter.ts'
import type { Digest } from '../digest.ts'
import type { Images } from '../images.ts'
import type { Part } from '../part.ts'
import { refusalOf } from './body.ts'
import type { RepositoryClient } from './client.ts'

/** What blobs are to a registry. */
export const OCTETS = { 'content-type': 'application/octet-stream' }

/**
 * Has the registry hold a blob: it may have it already, or take it over from one of `sources`, else it is sent.
 * @returns what became of it, in docker's words
 * @throws EngineError of the registry's refusal
 * @see OCI distribution-spec v1.1, "Pushing Blobs"
 */
export async function uploadBlob(
  images: Images,
  client: RepositoryClient,
  part: Part,
  sources: readonly string[],
  onBytes: (current: number) => void,
): Promise<string> {
  if (await isThere(client, part)) return 'Layer already exists'
  const isGiven = await images.neighbour?.give(client.place, part.digest, images.blobs.path(part.digest))
  // Another registry may listen where the neighbour has its name.
  if (isGiven && (await isThere(client, part))) return 'Pushed'
  const { mountedFrom, location } = await openUpload(client, part.digest, sources)
  if (mountedFrom !== undefined) return `Mounted from ${mountedFrom}`
  const url = client.resolve(location)
  url.searchParams.set('digest', part.digest)
  const body = byteCounter(onBytes)
  const headers = { ...OCTETS, 'content-length': String(part.size) }
  // The registry's answer tells: with 201 it has every byte and has checked them, and a refusal says why. What became of
  // the pipe says less: it breaks when a registry refuses early, and when the client drops it once it is read.
  pipeline(images.blobs.read(part.digest), body).catch(() => undefined)
  const response = await client.call('PUT', url.toString(), { headers, body })
  if (response.status !== 201) throw await refusalOf(response)
  await response.body.dump()
  return 'Pushed'
}

/** Has the registry hold a manifest. @param target tag or digest @throws EngineError of the registry's refusal */
export async function putManifest(client: RepositoryClient, target: string, mediaType: string, manifest: string): Promise<void> {
  const response = await client.call('PUT', `manifests/${target}`, { headers: { 'content-type': mediaType }, body: manifest })
  if (response.status !== 201) throw await refusalOf(response)
  await response.body.dump()
}

export async function isThere(client: RepositoryClient, { digest }: Pick<Part, 'digest'>): Promise<boolean> {
  const head = await client.call('HEAD', `blobs/${digest}`)
  await head.body.dump()
  return head.status === 200
}

/**
 * Begins an upload, or has the registry take the blob over from a repository that holds it. Without a digest it is an upload.
 * @see OCI distribution-spec v1.1, "Mounting a blob from another repository"
 */
export async function openUpload(
  client: RepositoryClient,
  digest: Digest | undefined,
  sources: readonly string[],
): Promise<{ mountedFrom?: string; location: string }> {
  // Without a source it is an upload and nothing else; one that may not be read is answered like that, or refused.
  for (const source of [...sources, undefined]) {
    const query = source === undefined || digest === undefined ? '' : `?${new URLSearchParams({ mount: digest, from: source })}`
    const session = await client.call('POST', `blobs/uploads/${query}`, { headers: { 'content-length': '0' } })
    const { location } = session.headers
    if (session.status === 202 && typeof location === 'string') {
      await session.body.dump()
      return { location }
    }
    if (session.status === 201 && source !== undefined) {
      await session.body.dump()
      return { mountedFrom: source, location: '' }
    }
    const refusal = await refusalOf(session)
    if (source !== undefined) continue
    if (session.status === 401 || session.status === 403) throw new EngineError('unauthorized', 'denied: requested access to the resource is denied')
    throw refusal
  }
  throw new EngineError('system', 'the registry begins no upload')
}
