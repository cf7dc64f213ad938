import { EngineError } from '../../errors.ts'
import { tap } from '../layer-tar.ts'
import { type Digest, digestOf } from '../digest.ts'
import type { Image } from '../image.ts'
import type { Images } from '../images.ts'
import { chainIds } from '../layers.ts'
import { familiarRepository, fullRepository, type Reference } from '../reference.ts'
import type { RegistryAuth } from './auth.ts'
import { RepositoryClient } from './client.ts'
import type { TransferProgress } from './pull.ts'

export interface PushOptions {
  readonly reference: Reference
  /** Empty pushes every tag of the repository. */
  readonly tag: string
  readonly auth: RegistryAuth | undefined
  readonly signal: AbortSignal
}

const MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json'
const CONFIG_TYPE = 'application/vnd.docker.container.image.v1+json'
const GZIP_LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip'
const PLAIN_LAYER = 'application/vnd.docker.image.rootfs.diff.tar'

interface Part {
  readonly digest: Digest
  readonly size: number
  readonly mediaType: string
}

/**
 * Sends tags of a repository to its registry.
 * @throws EngineError with docker's words
 * @see Engine API 1.51 ImagePush; OCI distribution-spec v1.1, "Push"
 */
export async function pushImage(images: Images, options: PushOptions, progress: TransferProgress): Promise<void> {
  const { reference, auth, signal } = options
  const tags = tagsToPush(images, reference, options.tag)
  progress.send({ status: `The push refers to repository [${fullRepository(reference)}]` })
  const client = new RepositoryClient({ reference, auth, settings: images.registry, actions: 'pull,push', signal })
  try {
    await client.connect()
    for (const tag of tags) {
      const image = images.findExact({ ...reference, tag, digest: undefined })
      if (image) await pushTag(images, client, { ...reference, tag }, image, progress)
    }
  } finally {
    await client.close()
  }
}

function tagsToPush(images: Images, reference: Reference, asked: string): string[] {
  const known = images.tagsOf(fullRepository(reference))
  const tag = asked || reference.tag
  if (known.length === 0) throw new EngineError('not-found', `An image does not exist locally with the tag: ${familiarRepository(reference)}`)
  if (!tag) return known
  if (!known.includes(tag)) throw new EngineError('not-found', `tag does not exist: ${familiarRepository(reference)}:${tag}`)
  return [tag]
}

async function pushTag(images: Images, client: RepositoryClient, reference: Reference, image: Image, progress: TransferProgress): Promise<void> {
  const layers: Part[] = []
  for (const diffId of image.diffIds) progress.step(shortId(diffId), 'Preparing')
  for (const [i, chainId] of chainIds(image.diffIds).entries()) {
    const diffId = image.diffIds[i]
    if (diffId === undefined) continue
    const row = images.layers.get(chainId)
    const part: Part = {
      digest: row.blob as Digest,
      size: (await images.blobs.sizeOf(row.blob as Digest)) ?? 0,
      mediaType: row.blob === diffId ? PLAIN_LAYER : GZIP_LAYER,
    }
    layers.push(part)
    const isThere = await uploadBlob(images, client, part, (current) => progress.step(shortId(diffId), 'Pushing', { current, total: part.size }))
    progress.step(shortId(diffId), isThere ? 'Layer already exists' : 'Pushed')
  }
  const config: Part = { digest: image.id, size: (await images.blobs.sizeOf(image.id)) ?? 0, mediaType: CONFIG_TYPE }
  await uploadBlob(images, client, config, () => undefined)
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers })
  const response = await client.call('PUT', `manifests/${reference.tag}`, { headers: { 'content-type': MANIFEST_TYPE }, body: manifest })
  const answer = await response.body.text()
  if (response.status !== 201) throw new EngineError('system', `the registry refused the manifest: ${response.status} ${answer.slice(0, 200)}`)
  const digest = digestOf(manifest)
  const size = Buffer.byteLength(manifest)
  images.name(image, { ...reference, tag: undefined, digest }, false)
  progress.send({ status: `${reference.tag}: digest: ${digest} size: ${size}` })
  progress.send({ progressDetail: {}, aux: { Tag: reference.tag, Digest: digest, Size: size } })
}

/** @returns true when the registry had it already */
async function uploadBlob(images: Images, client: RepositoryClient, part: Part, onBytes: (current: number) => void): Promise<boolean> {
  const head = await client.call('HEAD', `blobs/${part.digest}`)
  await head.body.dump()
  if (head.status === 200) return true
  const session = await client.call('POST', 'blobs/uploads/', { headers: { 'content-length': '0' } })
  const complaint = await session.body.text()
  const { location } = session.headers
  if (session.status === 401 || session.status === 403) throw new EngineError('unauthorized', 'denied: requested access to the resource is denied')
  if (session.status !== 202 || typeof location !== 'string') throw new EngineError('system', `the registry opened no upload: ${session.status} ${complaint.slice(0, 200)}`)
  const url = new URL(client.resolve(location))
  url.searchParams.set('digest', part.digest)
  let done = 0
  const body = images.blobs.read(part.digest).pipe(
    tap((chunk) => {
      done += chunk.length
      onBytes(done)
    }),
  )
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(part.size) }
  const response = await client.call('PUT', url.toString(), { headers, body })
  const answer = await response.body.text()
  if (response.status !== 201) throw new EngineError('system', `the registry refused the layer: ${response.status} ${answer.slice(0, 200)}`)
  return false
}

function shortId(diffId: Digest): string {
  return diffId.slice('sha256:'.length, 'sha256:'.length + 12)
}
