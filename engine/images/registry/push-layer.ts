import type { LayerRow } from '../../state/images.ts'
import { type Digest, shortHexOf } from '../digest.ts'
import type { Images } from '../images.ts'
import { type MediaTypes, packingOf } from '../media-types.ts'
import { type Part, partOf } from '../part.ts'
import type { RepositoryClient } from './client.ts'
import { isOnThisMachine } from './endpoint.ts'
import { holdersOf } from './mount-sources.ts'
import type { TransferProgress } from './progress.ts'
import { retrying } from './retry.ts'
import { uploadBlob } from './upload.ts'
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

/**
 * Has the registry hold a layer: as it came, or, when it was made here and the way is long, compressed.
 * @returns what the manifest says of it
 * @see docs/decisions/0021-local-registry.md
 */
export async function pushLayer(push: Push, layer: LayerRow, types: MediaTypes): Promise<Part> {
  const { images, client, progress, signal } = push
  const id = shortHexOf(layer.diffId)
  const onWait = (seconds: number) => progress.step(id, `Retrying in ${seconds} second${seconds === 1 ? '' : 's'}`)
  const stored = await partOf(images, layer.blob as Digest, types[packingOf(layer)])
  const onBytes = (current: number) => progress.step(id, 'Pushing', { current, total: stored.size })
  const holders = holdersOf(images, push.domain, push.mountFrom, stored.digest)
  const isNear = isOnThisMachine(client.place.host) || images.neighbour?.isAt(client.place)
  const { part, how } = await retrying({ signal, onWait }, async () =>
    packingOf(layer) === 'plain' && !isNear
      ? uploadGzip(images, client, layer, types.gzip, holders, onBytes)
      : { part: stored, how: await uploadBlob(images, client, stored, holders, onBytes) },
  )
  progress.step(id, how)
  return part
}
