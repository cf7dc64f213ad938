import { availableParallelism } from 'node:os'
import { pipeline } from 'node:stream/promises'
import { settled } from '../settled.ts'
import { Slots } from '../slots.ts'
import { compressor, decompressed } from './compression.ts'
import { type Digest, DigestVerifier } from './digest.ts'
import { parseImage } from './image.ts'
import type { ImageContents } from './image-contents.ts'
import type { Images } from './images.ts'
import { type LayerPacking, type MediaTypes, OCI_TYPES, packingOf, type StoredLayer } from './media-types.ts'
import { type Part, partOf } from './part.ts'

/** How an image is to leave. */
export interface Packing {
  readonly types: MediaTypes
  /** Of layers that were made here; others stay as they came, unless it is forced on them. */
  readonly layers: LayerPacking
  readonly isForced: boolean
  /** Of gzip or zstd; ours without. */
  readonly level: number | undefined
  readonly manifestAnnotations: Readonly<Record<string, string>>
  readonly descriptorAnnotations: Readonly<Record<string, string>>
}

/** What names a manifest. @see OCI image-spec descriptor.md */
export interface ManifestDescriptor extends Part {
  readonly annotations?: Readonly<Record<string, string>>
  readonly platform: { readonly architecture: string; readonly os: string; readonly variant?: string }
}

/** An image as others read it: a manifest, and the blobs that it names, all of them in the store. */
export interface PackedImage {
  readonly manifest: string
  readonly descriptor: ManifestDescriptor
  readonly config: Part
  readonly layers: readonly Part[]
}

/** Packs an image. What is made for it is gone with the work within which it is: within {@link Images.storing}. */
export async function packImage(images: Images, { config: configText, layers }: ImageContents, packing: Packing): Promise<PackedImage> {
  const slots = new Slots(availableParallelism())
  const packed = await settled(
    layers.map((layer) =>
      slots.run(
        () => packLayer(images, layer, packing),
        () => undefined,
      ),
    ),
  )
  // Only OCI's names know zstd.
  const isPlainDocker = packing.types !== OCI_TYPES && !packed.some(({ packing: how }) => how === 'zstd')
  const types = isPlainDocker ? packing.types : OCI_TYPES
  const parts = packed.map(({ packing: how, digest, size }) => ({ mediaType: types[how], size, digest }))
  const config = await partOf(images, await images.blobs.writeText(configText), types.config)
  const annotations = packing.manifestAnnotations
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: types.manifest,
    config,
    layers: parts,
    ...(Object.keys(annotations).length > 0 && { annotations }),
  })
  const { architecture, os, variant } = parseImage(config.digest, configText)
  const descriptor: ManifestDescriptor = {
    ...(await partOf(images, await images.blobs.writeText(manifest), types.manifest)),
    ...(Object.keys(packing.descriptorAnnotations).length > 0 && { annotations: packing.descriptorAnnotations }),
    platform: { architecture, os, ...(variant && { variant }) },
  }
  return { manifest, descriptor, config, layers: parts }
}

type PackedLayer = Pick<Part, 'digest' | 'size'> & { readonly packing: LayerPacking }

/** A layer as it is to leave: as it is stored, or packed anew. */
export async function packLayer(
  images: Images,
  layer: StoredLayer,
  { layers, isForced, level }: Pick<Packing, 'layers' | 'isForced' | 'level'>,
): Promise<PackedLayer> {
  const stored = packingOf(layer)
  const blob = layer.blob as Digest
  // With a level of its own, it is another gzip than the one that came.
  if ((stored === layers && !(isForced && level !== undefined)) || (stored !== 'plain' && !isForced))
    return { ...(await partOf(images, blob, '')), packing: stored }
  const plain = await decompressed(images.blobs.read(blob))
  // What is packed has a digest of its own, by which nobody would see that it was wrong before.
  const verifier = new DigestVerifier(layer.diffId as Digest)
  const packer = layers === 'plain' ? undefined : compressor(layers, level)
  const [, { digest, sizeBytes }] = await settled([
    packer ? pipeline(plain, verifier, packer) : pipeline(plain, verifier),
    images.blobs.write(packer ?? verifier),
  ])
  return { digest, size: sizeBytes, packing: layers }
}
