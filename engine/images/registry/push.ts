import { EngineError } from '../../errors.ts'
import { Slots } from '../../slots.ts'
import { digestOf, shortHexOf } from '../digest.ts'
import type { Image } from '../image.ts'
import type { Images } from '../images.ts'
import { chainIds } from '../layers.ts'
import { DOCKER_TYPES, OCI_TYPES } from '../media-types.ts'
import { partOf } from '../part.ts'
import { familiarName, familiarRepository, fullRepository, type Reference } from '../reference.ts'
import type { RegistryAuth } from './auth.ts'
import { RepositoryClient } from './client.ts'
import { registryOf } from './endpoint.ts'
import { neighbours } from './mount-sources.ts'
import type { TransferProgress } from './progress.ts'
import { type Push, pushLayer } from './push-layer.ts'
import { retrying } from './retry.ts'
import { putManifest, uploadBlob } from './upload.ts'

export interface PushOptions {
  readonly reference: Reference
  /** Empty pushes every tag of the repository. */
  readonly tag: string
  readonly auth: RegistryAuth | undefined
  readonly signal: AbortSignal
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
  const endpoint = await registryOf(reference.domain, images.registry)
  const mountFrom = neighbours(images, reference)
  await using client = new RepositoryClient({ endpoint, repository: reference.path, auth, actions: 'pull,push', mountFrom, signal, ways: images.registry })
  await client.connect()
  await images.storing(async () => {
    for (const tag of tags) {
      const tagged = { ...reference, tag, digest: undefined }
      const image = images.findExact(tagged)
      if (image) await pushTag({ images, client, progress, domain: reference.domain, mountFrom, signal }, tagged, tag, image)
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

async function pushTag(push: Push, reference: Reference, tag: string, image: Image): Promise<void> {
  const { images, client, progress, signal } = push
  const rows = chainIds(image.diffIds).map((chainId) => images.layers.get(chainId))
  const types = rows.some(({ mediaType }) => mediaType.endsWith('zstd')) ? OCI_TYPES : DOCKER_TYPES
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
  await retrying({ signal }, () => putManifest(client, tag, types.manifest, manifest))
  const digest = digestOf(manifest)
  const size = Buffer.byteLength(manifest)
  images.name(image, { ...reference, tag: undefined, digest }, false)
  progress.send({ status: `${reference.tag}: digest: ${digest} size: ${size}` })
  progress.send({ progressDetail: {}, aux: { Tag: reference.tag, Digest: digest, Size: size } })
  images.announce('push', image, familiarName(reference), familiarRepository(reference))
}
