import { EngineError } from '../../errors.ts'
import { Slots } from '../../slots.ts'
import { digestOf, shortHexOf } from '../digest.ts'
import type { Image } from '../image.ts'
import type { Images } from '../images.ts'
import { chainIds } from '../layers.ts'
import { familiarName, familiarRepository, fullRepository, type Reference } from '../reference.ts'
import type { RegistryAuth } from './auth.ts'
import { refusalOf } from './body.ts'
import { RepositoryClient } from './client.ts'
import { registryOf } from './endpoint.ts'
import type { TransferProgress } from './progress.ts'
import { type LayerTypes, type Push, pushLayer } from './push-layer.ts'
import { retrying } from './retry.ts'
import { partOf, uploadBlob } from './upload.ts'

export interface PushOptions {
  readonly reference: Reference
  /** Empty pushes every tag of the repository. */
  readonly tag: string
  readonly auth: RegistryAuth | undefined
  readonly signal: AbortSignal
}

interface MediaTypes extends LayerTypes {
  readonly manifest: string
  readonly config: string
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

/** A token is asked for all of them: more would make its address too long. */
const MOST_NEIGHBOURS = 16

/**
 * Sends tags of a repository to its registry.
 * @throws EngineError with docker's words
 * @see Engine API 1.51 ImagePush; OCI distribution-spec v1.1, "Push"
 */
export async function pushImage(images: Images, options: PushOptions, progress: TransferProgress): Promise<void> {
  const { reference, auth, signal } = options
  const tags = tagsToPush(images, reference, options.tag)
  progress.send({ status: `The push refers to repository [${fullRepository(reference)}]` })
  const endpoint = await registryOf(reference.domain, images.registry)
  const mountFrom = neighbours(images, reference)
  await using client = new RepositoryClient({ endpoint, repository: reference.path, auth, actions: 'pull,push', mountFrom, signal, ways: images.registry })
  await client.connect()
  await images.storing(async () => {
    for (const tag of tags) {
      const tagged = { ...reference, tag, digest: undefined }
      const image = images.findExact(tagged)
      if (image) await pushTag({ images, client, progress, domain: reference.domain, mountFrom, signal }, tagged, image)
    }
  })
}

/** Other repositories of the registry that are known to have images of ours: their layers need not be sent again. */
function neighbours(images: Images, { domain, path }: Reference): string[] {
  const known = images.all().flatMap((image) => images.namesOf(image.id).filter((name) => name.digest !== undefined && name.domain === domain))
  return [...new Set(known.map((name) => name.path))].filter((one) => one !== path).slice(0, MOST_NEIGHBOURS)
}

function tagsToPush(images: Images, reference: Reference, asked: string): string[] {
  const known = images.names.tagsOf(fullRepository(reference))
  const tag = asked || reference.tag
  if (known.length === 0) throw new EngineError('not-found', `An image does not exist locally with the tag: ${familiarRepository(reference)}`)
  if (!tag) return known
  if (!known.includes(tag)) throw new EngineError('not-found', `tag does not exist: ${familiarRepository(reference)}:${tag}`)
  return [tag]
}

async function pushTag(push: Push, reference: Reference, image: Image): Promise<void> {
  const { images, client, progress, signal } = push
  const rows = chainIds(image.diffIds).map((chainId) => images.layers.get(chainId))
  const types = rows.some(({ mediaType }) => mediaType.endsWith('zstd')) ? OCI : DOCKER
  const slots = new Slots(images.registry.maxConcurrentUploads)
  for (const row of rows) progress.step(shortHexOf(row.diffId), 'Preparing')
  const layers = await Promise.all(
    rows.map((row) =>
      slots.run(
        () => pushLayer(push, row, types),
        () => progress.step(shortHexOf(row.diffId), 'Waiting'),
      ),
    ),
  )
  const config = await partOf(images, image.id, types.config)
  await retrying({ signal }, () => uploadBlob(images, client, config, [], () => undefined))
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: types.manifest, config, layers })
  await retrying({ signal }, async () => {
    const response = await client.call('PUT', `manifests/${reference.tag}`, { headers: { 'content-type': types.manifest }, body: manifest })
    if (response.status !== 201) throw await refusalOf(response)
    await response.body.dump()
  })
  const digest = digestOf(manifest)
  const size = Buffer.byteLength(manifest)
  images.name(image, { ...reference, tag: undefined, digest }, false)
  progress.send({ status: `${reference.tag}: digest: ${digest} size: ${size}` })
  progress.send({ progressDetail: {}, aux: { Tag: reference.tag, Digest: digest, Size: size } })
  images.announce('push', image, familiarName(reference), familiarRepository(reference))
}
