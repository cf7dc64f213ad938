import { EngineError } from '../errors.ts'
import { digestOf, parseDigest } from '../images/digest.ts'
import { type Image, parseImage } from '../images/image.ts'
import type { Images } from '../images/images.ts'
import { chainIds } from '../images/layers.ts'
import type { Manifest } from '../images/registry/manifest.ts'
import { type CachePlace, folderPlace, layoutId } from './cache-place.ts'
import { fetchLayer } from './fetch-layer.ts'
import type { Solving } from './solve-dockerfile.ts'

/** An image in a folder of the client's. @see OCI image-spec image-layout.md */
export interface StoredImage {
  /** What the client calls the folder. */
  readonly layout: string
  /** Of its manifest, or of an index with one. */
  readonly digest: string
}

/**
 * Brings an image here that the client has as a folder (`--build-context NAME=oci-layout://…`).
 * @throws EngineError when it is not there, broken, or for another platform
 */
export async function fetchStored(images: Images, { layout, digest }: StoredImage, solving: Solving): Promise<Image> {
  await using place = folderPlace(layoutId(layout), digest, solving)
  const manifest = await manifestIn(place, digest)
  const text = await verified(place, manifest.config.digest, 'config')
  const image = parseImage(digestOf(text), text)
  const chains = chainIds(image.diffIds)
  for (const [index, diffId] of image.diffIds.entries()) {
    const [chainId, blob] = [chains[index], manifest.layers[index]]
    if (!chainId || !blob)
      throw new EngineError('invalid', `invalid image in oci-layout ${layout}: it has ${manifest.layers.length} layers, not ${chains.length}`)
    if (!images.layers.find(chainId)) await fetchLayer(images, place, { chainId, diffId, blob }, solving.signal)
  }
  return images.add(text, solving.hold)
}

async function manifestIn(place: CachePlace, digest: string): Promise<Manifest> {
  // Loaded when it is first needed, as for a pull.
  const { readManifest, choosePlatform } = await import('../images/registry/manifest.ts')
  const text = await verified(place, digest, 'manifest')
  const { manifest, entries = [] } = readManifest({ text, digest: parseDigest(digest), mediaType: '' })
  return manifest ?? manifestIn(place, choosePlatform(entries, '').digest)
}

async function verified(place: CachePlace, digest: string, what: 'manifest' | 'config'): Promise<string> {
  const text = await place.read(parseDigest(digest), what)
  if (digestOf(text) !== digest) throw new EngineError('system', `${what} verification failed for digest ${digest}`)
  return text
}
