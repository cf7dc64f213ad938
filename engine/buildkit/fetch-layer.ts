import { pipeline } from 'node:stream/promises'
import { type Digest, DigestMeter, parseDigest } from '../images/digest.ts'
import type { Images } from '../images/images.ts'
import { settled } from '../settled.ts'
import type { CacheBlob } from './cache-manifest.ts'
import type { CachePlace } from './cache-place.ts'

/** One layer of an image that is elsewhere. */
interface WantedLayer {
  readonly chainId: Digest
  readonly diffId: Digest
  readonly blob: CacheBlob
}

/** Brings a layer here, out of a registry or a folder of the client's; within {@link Images.storing}. @throws EngineError when it cannot be had */
export async function fetchLayer(images: Images, place: CachePlace, { chainId, diffId, blob }: WantedLayer, signal: AbortSignal): Promise<void> {
  const digest = parseDigest(blob.digest)
  await images.blobs.once(digest, async () => {
    // A stream of ours: the writer takes no iterable.
    const bytes = new DigestMeter()
    await settled([pipeline(place.bytes(blob, signal), bytes), images.blobs.write(bytes, { expected: digest, signal })])
  })
  await images.layers.ensure({ chainId, diffId, blob: digest, mediaType: blob.mediaType ?? '' })
}
