import { pipeline } from 'node:stream/promises'
import { EngineError } from '../../errors.ts'
import { byteCounter } from '../byte-counter.ts'
import { type Digest, digestOf } from '../digest.ts'
import type { Image } from '../image.ts'
import type { Images } from '../images.ts'
import { chainIds } from '../layers.ts'
import { familiarName, familiarRepository, fullRepository, type Reference } from '../reference.ts'
import type { RegistryAuth } from './auth.ts'
import { RepositoryClient } from './client.ts'
import { registryOf } from './endpoint.ts'
import { registryError } from './errors.ts'
import type { TransferProgress } from './progress.ts'
import { Slots } from './slots.ts'

export interface PushOptions {
  readonly reference: Reference
  /** Empty pushes every tag of the repository. */
  readonly tag: string
  readonly auth: RegistryAuth | undefined
  readonly signal: AbortSignal
}

interface MediaTypes {
  readonly manifest: string
  readonly config: string
  readonly plain: string
  readonly gzip: string
  readonly zstd: string
}

/** Docker's own types, which every registry takes; only zstd has a name in OCI's alone. */
const DOCKER: MediaTypes = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  plain: 'application/vnd.docker.image.rootfs.diff.tar',
  gzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
}
const OCI: MediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  plain: 'application/vnd.oci.image.layer.v1.tar',
  gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  zstd: DOCKER.zstd,
}

interface Part {
  readonly mediaType: string
  readonly size: number
  readonly digest: Digest
}

/**
 * Sends tags of a repository to its registry; layers as they are stored: as they came, or plain when made here.
 * @throws EngineError with docker's words
 * @see Engine API 1.51 ImagePush; OCI distribution-spec v1.1, "Push"
 */
export async function pushImage(images: Images, options: PushOptions, progress: TransferProgress): Promise<void> {
  const { reference, auth, signal } = options
  const tags = tagsToPush(images, reference, options.tag)
  progress.send({ status: `The push refers to repository [${fullRepository(reference)}]` })
  const endpoint = registryOf(reference.domain, images.registry)
  await using client = new RepositoryClient({ endpoint, repository: reference.path, auth, actions: 'pull,push', signal })
  await client.connect()
  await images.storing(async () => {
    for (const tag of tags) {
      const tagged = { ...reference, tag, digest: undefined }
      const image = images.findExact(tagged)
      if (image) await pushTag(images, client, tagged, image, progress)
    }
  })
}

function tagsToPush(images: Images, reference: Reference, asked: string): string[] {
  const known = images.names.tagsOf(fullRepository(reference))
  const tag = asked || reference.tag
  if (known.length === 0) throw new EngineError('not-found', `An image does not exist locally with the tag: ${familiarRepository(reference)}`)
  if (!tag) return known
  if (!known.includes(tag)) throw new EngineError('not-found', `tag does not exist: ${familiarRepository(reference)}:${tag}`)
  return [tag]
}

async function pushTag(images: Images, client: RepositoryClient, reference: Reference, image: Image, progress: TransferProgress): Promise<void> {
  const rows = chainIds(image.diffIds).map((chainId) => images.layers.get(chainId))
  const types = rows.some(({ mediaType }) => mediaType.endsWith('zstd')) ? OCI : DOCKER
  const slots = new Slots(images.registry.maxConcurrentUploads)
  for (const { diffId } of rows) progress.step(shortId(diffId), 'Preparing')
  const layers = await Promise.all(
    rows.map(async ({ blob, diffId, mediaType }) => {
      const kind = blob === diffId ? 'plain' : mediaType.endsWith('zstd') ? 'zstd' : 'gzip'
      const part = await partOf(images, blob as Digest, types[kind])
      await slots.run(
        async () => {
          const isThere = await uploadBlob(images, client, part, (current) => progress.step(shortId(diffId), 'Pushing', { current, total: part.size }))
          progress.step(shortId(diffId), isThere ? 'Layer already exists' : 'Pushed')
        },
        () => progress.step(shortId(diffId), 'Waiting'),
      )
      return part
    }),
  )
  const config = await partOf(images, image.id, types.config)
  await uploadBlob(images, client, config, () => undefined)
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: types.manifest, config, layers })
  const response = await client.call('PUT', `manifests/${reference.tag}`, { headers: { 'content-type': types.manifest }, body: manifest })
  const answer = await response.body.text()
  if (response.status !== 201) throw registryError(response.status, answer)
  const digest = digestOf(manifest)
  const size = Buffer.byteLength(manifest)
  images.name(image, { ...reference, tag: undefined, digest }, false)
  progress.send({ status: `${reference.tag}: digest: ${digest} size: ${size}` })
  progress.send({ progressDetail: {}, aux: { Tag: reference.tag, Digest: digest, Size: size } })
  images.announce('push', image, familiarName(reference), familiarRepository(reference))
}

async function partOf(images: Images, digest: Digest, mediaType: string): Promise<Part> {
  const size = await images.blobs.sizeOf(digest)
  if (size === undefined) throw new EngineError('system', `blob does not exist: ${digest}`)
  return { mediaType, size, digest }
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
  if (session.status !== 202 || typeof location !== 'string') throw registryError(session.status, complaint)
  const url = client.resolve(location)
  url.searchParams.set('digest', part.digest)
  const body = byteCounter(onBytes)
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(part.size) }
  // The registry's answer tells: with 201 it has every byte and has checked them, and a refusal says why. What became of
  // the pipe says less: it breaks when a registry refuses early, and when the client drops it once it is read.
  pipeline(images.blobs.read(part.digest), body).catch(() => undefined)
  const response = await client.call('PUT', url.toString(), { headers, body })
  const answer = await response.body.text()
  if (response.status !== 201) throw registryError(response.status, answer)
  return false
}

function shortId(diffId: string): string {
  return diffId.slice('sha256:'.length, 'sha256:'.length + 12)
}
