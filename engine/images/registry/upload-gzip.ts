import { pipeline } from 'node:stream/promises'
import { EngineError } from '../../errors.ts'
import type { LayerRow } from '../../state/images.ts'
import { byteCounter } from '../byte-counter.ts'
import { compressor } from '../compression.ts'
import { type Digest, DigestMeter, DigestVerifier } from '../digest.ts'
import type { Images } from '../images.ts'
import type { Part } from '../part.ts'
import { refusalOf } from './body.ts'
import type { RepositoryClient } from './client.ts'
import { isThere, OCTETS, openUpload } from './upload.ts'

/**
 * Has the registry hold a plain layer in gzip, which is made as it is sent, on a thread of zlib's. Its digest is remembered: the next time, the registry is
 * asked for it first, and nothing is packed again.
 * @returns what the registry has, and what became of it, in docker's words
 * @throws EngineError of the registry's refusal; `system` when the layer's bytes are not those of its digest
 */
export async function uploadGzip(
  images: Images,
  client: RepositoryClient,
  layer: LayerRow,
  mediaType: string,
  sources: readonly string[],
  onBytes: (current: number) => void,
): Promise<{ part: Part; how: string }> {
  const chainId = layer.chainId as Digest
  const known = images.layers.sentAs(chainId)
  // The order of its parts is the manifest's, whose digest must not change from push to push.
  const partFor = (digest: Digest, size: number): Part => ({ mediaType, size, digest })
  const before = known && partFor(known.digest as Digest, known.sizeBytes)
  if (before && (await isThere(client, before))) return { part: before, how: 'Layer already exists' }
  const { mountedFrom, location } = await openUpload(client, before?.digest, before ? sources : [])
  if (before && mountedFrom !== undefined) return { part: before, how: `Mounted from ${mountedFrom}` }
  const sent = await sendGzip(images, client, location, layer.blob as Digest, onBytes)
  images.layers.rememberSent(chainId, sent)
  return { part: partFor(sent.digest, sent.sizeBytes), how: 'Pushed' }
}

/** @see OCI distribution-spec v1.1, "Pushing a blob in chunks": in one, whose size nobody knows beforehand */
async function sendGzip(
  images: Images,
  client: RepositoryClient,
  location: string,
  plain: Digest,
  onBytes: (current: number) => void,
): Promise<{ digest: Digest; sizeBytes: number }> {
  const body = new DigestMeter()
  // What is packed has a digest of its own, by which nobody would see that it was wrong before.
  const steps = [images.blobs.read(plain), byteCounter(onBytes), new DigestVerifier(plain), compressor('gzip'), body] as const
  // As in uploadBlob: what went wrong, the request says.
  pipeline(steps).catch(() => undefined)
  const sent = await client.call('PATCH', client.resolve(location).toString(), { headers: OCTETS, body })
  if (sent.status !== 202) throw await refusalOf(sent)
  await sent.body.dump()
  if (!body.readableEnded) throw new EngineError('system', `the registry did not take all of ${plain}`)
  const next = sent.headers.location
  const url = client.resolve(typeof next === 'string' ? next : location)
  url.searchParams.set('digest', body.digest())
  const response = await client.call('PUT', url.toString(), { headers: { ...OCTETS, 'content-length': '0' } })
  if (response.status !== 201) throw await refusalOf(response)
  await response.body.dump()
  return { digest: body.digest(), sizeBytes: body.sizeBytes }
}
