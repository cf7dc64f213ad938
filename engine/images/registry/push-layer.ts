import type { LayerRow } from '../../state/images.ts'
import { type Digest, shortHexOf } from '../digest.ts'
import type { Images } from '../images.ts'
import { chainIds } from '../layers.ts'
import type { RepositoryClient } from './client.ts'
import { isOnThisMachine } from './endpoint.ts'
import type { TransferProgress } from './progress.ts'
import { retrying } from './retry.ts'
import { type Part, partOf, uploadBlob } from './upload.ts'
import { uploadGzip } from './upload-gzip.ts'

/** What a push to one repository works with. */
export interface Push {
  readonly images: Images
  readonly client: RepositoryClient
  readonly progress: TransferProgress
  readonly domain: string
  /** Other repositories of the registry that may have our blobs. */
  readonly mountFrom: readonly string[]
  readonly signal: AbortSignal
}

/** What a manifest calls a layer, by how it is packed. */
export interface LayerTypes {
  readonly plain: string
  readonly gzip: string
  readonly zstd: string
}

/**
 * Has the registry hold a layer: as it came, or, when it was made here and the way is long, compressed.
 * @returns what the manifest says of it
 * @see docs/decisions/0021-local-registry.md
 */
export async function pushLayer(push: Push, layer: LayerRow, types: LayerTypes): Promise<Part> {
  const { images, client, progress, signal } = push
  const id = shortHexOf(layer.diffId)
  const onWait = (seconds: number) => progress.step(id, `Retrying in ${seconds} second${seconds === 1 ? '' : 's'}`)
  const stored = await partOf(images, layer.blob as Digest, types[kindOf(layer)])
  const onBytes = (current: number) => progress.step(id, 'Pushing', { current, total: stored.size })
  const holders = holdersOf(push, stored.digest)
  const isNear = isOnThisMachine(client.place.host) || images.neighbour?.isAt(client.place)
  const { part, how } = await retrying({ signal, onWait }, async () =>
    kindOf(layer) === 'plain' && !isNear
      ? uploadGzip(images, client, layer, types.gzip, holders, onBytes)
      : { part: stored, how: await uploadBlob(images, client, stored, holders, onBytes) },
  )
  progress.step(id, how)
  return part
}

function kindOf({ blob, diffId, mediaType }: LayerRow): keyof LayerTypes {
  if (blob === diffId) return 'plain'
  return mediaType.endsWith('zstd') ? 'zstd' : 'gzip'
}

/** Those of the repositories whose images, as far as we know them, have this blob. */
function holdersOf({ images, mountFrom, domain }: Push, digest: Digest): string[] {
  const holders = images.all().filter((image) => chainIds(image.diffIds).some((chainId) => images.layers.find(chainId)?.blob === digest))
  const paths = new Set(
    holders.flatMap((image) => images.namesOf(image.id).flatMap((name) => (name.digest !== undefined && name.domain === domain ? [name.path] : []))),
  )
  return mountFrom.filter((one) => paths.has(one))
}
