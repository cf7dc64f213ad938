import { pipeline } from 'node:stream/promises'
import { settled } from '../settled.ts'
import { decompressed } from './compression.ts'
import { type Digest, DigestVerifier, digestOf } from './digest.ts'
import { type HistoryEntry, type Image, parseImage } from './image.ts'
import type { ImageContents } from './image-contents.ts'
import type { Images } from './images.ts'
import type { StoredLayer } from './media-types.ts'
import { clampTimes } from './tar-times.ts'

/**
 * A configuration as if its image had been made at a moment: nothing that it says of itself is later.
 * @param epochS seconds since 1970
 * @param base of the image: what it says of itself stays
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */
export function configAt(config: string, epochS: number, base: readonly HistoryEntry[]): string {
  const { created, history } = parseImage(digestOf(config), config)
  const file: object = JSON.parse(config)
  const differs = history.findIndex((entry, index) => JSON.stringify(entry) !== JSON.stringify(base[index]))
  const own = differs < 0 ? history.length : differs
  const clamped = history.map((entry, index) => (index < own ? entry : { ...entry, created: earlier(entry.created, epochS) }))
  return JSON.stringify({ ...file, created: earlier(created, epochS), history: clamped })
}

function earlier(time: string | undefined, epochS: number): string {
  const epoch = new Date(epochS * 1000)
  return time !== undefined && Date.parse(time) <= epoch.getTime() ? time : epoch.toISOString().replace('.000Z', 'Z')
}

/** The same for the files of its layers, those of the base apart. Within {@link Images.storing}. */
export async function layersAt(images: Images, { config, layers }: ImageContents, epochS: number, base: Image | undefined): Promise<ImageContents> {
  const differs = layers.findIndex(({ diffId }, index) => diffId !== base?.diffIds[index])
  const own = differs < 0 ? layers.length : differs
  const rewritten: StoredLayer[] = [...layers.slice(0, own)]
  for (const layer of layers.slice(own)) rewritten.push(await layerAt(images, layer, epochS))
  const file: object = JSON.parse(config)
  return { config: JSON.stringify({ ...file, rootfs: { type: 'layers', diff_ids: rewritten.map(({ diffId }) => diffId) } }), layers: rewritten }
}

async function layerAt(images: Images, { diffId, blob }: StoredLayer, epochS: number): Promise<StoredLayer> {
  const editor = clampTimes(epochS)
  const plain = await decompressed(images.blobs.read(blob as Digest))
  const [, { digest }] = await settled([pipeline(plain, new DigestVerifier(diffId as Digest), editor), images.blobs.write(editor)])
  return { diffId: digest, blob: digest, mediaType: '' }
}
