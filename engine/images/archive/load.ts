import { createReadStream } from 'node:fs'
import { posix } from 'node:path'
import type { Readable } from 'node:stream'
import { EngineError } from '../../errors.ts'
import type { ArrivingLayer } from '../arriving-layer.ts'
import { decompressed } from '../compression.ts'
import { type Digest, digestOf, hexOf, verifyDigest } from '../digest.ts'
import type { Hold } from '../holds.ts'
import { type Image, parseImage } from '../image.ts'
import type { Images } from '../images.ts'
import { chainIds } from '../layers.ts'
import { familiarName, parseReference, type Reference, withDefaultTag } from '../reference.ts'
import { type ArchivedImage, archivedImages } from './archive-index.ts'
import type { ArchivedFile } from './archived-file.ts'
import { UnpackedArchive } from './unpack.ts'

/** What a load tells its client as it goes. */
export interface LoadProgress {
  /** A layer that is being extracted, by its diffID. */
  layer(diffId: Digest, current: number, total: number): void
  message(text: string): void
}

const LAYER_TAR = 'application/vnd.docker.image.rootfs.diff.tar'

/**
 * Takes in the images of an archive: docker's form of any age, or an OCI layout; compressed or not. Images appear
 * whole or not at all.
 * @throws EngineError `invalid` or `system` with docker's words; nothing of a bad image stays
 * @see Engine API 1.51 ImageLoad
 */
export async function loadArchive(images: Images, body: Readable, progress: LoadProgress): Promise<void> {
  await using archive = await UnpackedArchive.unpack(body, images.root, (name) => receiveLayer(images, name))
  await images.storing(async () => {
    // Each is kept until it has its names; layers, until all are here.
    for (const found of await archivedImages(archive)) await images.storing((hold) => loadImage({ images, archive, progress, hold }, found))
  })
}

interface Load {
  readonly images: Images
  readonly archive: UnpackedArchive
  readonly progress: LoadProgress
  readonly hold: Hold
}

async function loadImage({ images, archive, progress, hold }: Load, found: ArchivedImage): Promise<void> {
  const text = await archive.text(found.config)
  const { diffIds } = parseImage(digestOf(text), text)
  if (diffIds.length !== found.layers.length) {
    throw new EngineError('invalid', `invalid manifest, layers length mismatch: expected ${diffIds.length}, got ${found.layers.length}`)
  }
  const references = found.names.map((name) => withDefaultTag(parseReference(name)))
  const chains = chainIds(diffIds)
  for (const [i, diffId] of diffIds.entries()) {
    const chainId = chains[i]
    if (chainId === undefined || images.layers.find(chainId)) continue
    await addLayer(images, archive.file(found.layers[i] ?? ''), { chainId, diffId }, progress)
  }
  nameLoaded(images, await images.add(text, hold), references, progress)
}

/** In an OCI layout, a name tells a layer that is there already. */
async function receiveLayer(images: Images, name: string): Promise<ArrivingLayer | undefined> {
  const isKnown = images.layers.all().some(({ diffId }) => hexOf(diffId as Digest) === posix.basename(name))
  return isKnown ? undefined : images.layers.receive(true)
}

async function addLayer(images: Images, file: ArchivedFile, { chainId, diffId }: { chainId: Digest; diffId: Digest }, progress: LoadProgress): Promise<void> {
  await storeLayer(images, file, diffId)
  const source = { chainId, diffId, blob: diffId, mediaType: LAYER_TAR }
  const total = (await images.blobs.sizeOf(diffId)) ?? 0
  if (file.layer) {
    progress.layer(diffId, total, total)
    await images.layers.take(source, file.layer)
  } else await images.layers.ensure(source, (bytes) => progress.layer(diffId, bytes, total))
}

/** Layers are kept plain, as their diffID says; one that is so already need not be copied. */
async function storeLayer(images: Images, { path, storedDigest, isCompressed }: ArchivedFile, diffId: Digest): Promise<void> {
  if (!isCompressed) verifyDigest(storedDigest, diffId)
  if (await images.blobs.has(diffId)) return
  if (isCompressed) await images.blobs.write(await decompressed(createReadStream(path)), { expected: diffId })
  else await images.blobs.adopt(path, diffId)
}

function nameLoaded(images: Images, image: Image, references: readonly Reference[], progress: LoadProgress): void {
  for (const reference of references) {
    const before = images.name(image, reference, false)
    const name = familiarName(reference)
    if (before) progress.message(`The image ${name} already exists, renaming the old one with ID ${before.id} to empty string\n`)
    progress.message(`Loaded image: ${name}\n`)
  }
  if (references.length === 0) progress.message(`Loaded image ID: ${image.id}\n`)
  images.announce('load', image, image.id, image.id)
}
