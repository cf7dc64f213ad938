import { mkdir } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { syncFileSystem } from '../linux/sync.ts'
import { BARE_NAMES, packTar } from '../linux/tar.ts'
import { settled } from '../settled.ts'
import type { Digest } from './digest.ts'
import type { Hold } from './holds.ts'
import { type HistoryEntry, hostArchitecture, type Image, type ImageConfig } from './image.ts'
import type { Images } from './images.ts'
import { type LargeFile, largeFileIn, largeLayer } from './large-layer.ts'
import { fromOverlay } from './layer-tar.ts'
import { chainIds, type LayerSource } from './layers.ts'
import { parseReference, withDefaultTag } from './reference.ts'

export interface CommitOptions {
  readonly parent: Image | undefined
  /** Overlay upper directory with the changes. */
  readonly upperDir: string
  /** Nobody needs the directory any more: it becomes the layer, instead of being copied. What is in its place afterwards is not said. */
  readonly givesUpper?: boolean
  readonly config: ImageConfig
  readonly author: string
  readonly comment: string
  readonly createdBy: string
  /** Of a build, which goes on from it. */
  readonly hold?: Hold
  /** Name to give it. */
  readonly reference: string | undefined
}

/**
 * Makes an image of an overlay's changes on top of another image.
 * @throws EngineError `invalid` for a bad name
 * @see docker commit
 */
export async function commitUpper(images: Images, options: CommitOptions): Promise<Image> {
  const reference = options.reference === undefined ? undefined : withDefaultTag(parseReference(options.reference))
  const { author, comment, createdBy } = options
  return images.storing(async (own) => {
    const { upperDir, givesUpper } = options
    await using copy = givesUpper ? undefined : await images.layers.receive(true)
    const { diffId, sizeBytes } = await storeUpper(images, upperDir, copy?.input)
    const place = (source: LayerSource) => (copy ? images.layers.take(source, copy) : images.layers.adopt(source, { folder: upperDir, sizeBytes }))
    const created = new Date().toISOString()
    const entry: HistoryEntry = { created, created_by: createdBy, ...(comment && { comment }), ...(author && { author }) }
    const image = await addLayered(images, { ...options, created, diffId, entry, place, hold: options.hold ?? own })
    images.announce('create', image, image.id, image.id)
    if (reference) images.name(image, reference)
    return image
  })
}

/** So much of a layer is worth being written to the disk while its tar is made. */
const LARGE_BYTES = 16 * 1024 * 1024

/**
 * A container that never started has changed nothing: its layer is empty.
 * @param copyTo makes a copy of the directory; without one, it becomes the layer as it stands
 */
async function storeUpper(images: Images, upperDir: string, copyTo: Writable | undefined): Promise<{ diffId: Digest; sizeBytes: number }> {
  await mkdir(upperDir, { recursive: true, mode: 0o755 })
  const file = copyTo ? undefined : await largeFileIn(upperDir)
  if (file) return storeLargeFile(images, upperDir, file)
  const packed = packTar(upperDir, ['.'], [BARE_NAMES])
  let sizeBytes = 0
  let flushed: Promise<PromiseSettledResult<void>[]> | undefined
  const layer = fromOverlay((bytes) => {
    sizeBytes += bytes
    // What is left to be flushed once it is a layer is soon done.
    if (!copyTo && sizeBytes > LARGE_BYTES) flushed ??= Promise.allSettled([syncFileSystem(upperDir)])
  })
  const written = settled([packed.done, pipeline(packed.stream, layer), images.blobs.write(layer, { copyTo })])
  const [, , { digest }] = await written.finally(() => flushed)
  const [flush] = (await flushed) ?? []
  if (flush?.status === 'rejected') throw flush.reason
  return { diffId: digest, sizeBytes }
}

async function storeLargeFile(images: Images, upperDir: string, file: LargeFile): Promise<{ diffId: Digest; sizeBytes: number }> {
  const { sizeBytes } = file
  const flushed = sizeBytes > LARGE_BYTES ? syncFileSystem(upperDir) : undefined
  const [diffId] = await settled([images.blobs.writePieces(largeLayer(upperDir, file), sizeBytes), flushed])
  return { diffId, sizeBytes }
}

interface Addition {
  /** Whose platform and history the new one has. */
  readonly parent: Image | undefined
  readonly config: ImageConfig
  readonly author: string
  readonly comment: string
  readonly created: string
  readonly entry: HistoryEntry
  readonly hold: Hold
}

export interface LayeredImage extends Addition {
  /** The plain tar of the new layer, a blob already. */
  readonly diffId: Digest
  /** Makes the layer of what there is of it besides the blob. */
  readonly place: (source: LayerSource) => Promise<unknown>
}

/** Adds one layer, and the image that it makes. Within {@link Images.storing}. */
export async function addLayered(images: Images, options: LayeredImage): Promise<Image> {
  const { parent, diffId, place } = options
  const diffIds = [...(parent?.diffIds ?? []), diffId]
  const chainId = chainIds(diffIds).at(-1) ?? diffId
  await place({ chainId, diffId, blob: diffId, mediaType: 'application/vnd.docker.image.rootfs.diff.tar' })
  return images.add(configFile(options, diffIds), options.hold, parent?.id)
}

/** Adds an image that differs from its parent by its configuration alone. Within {@link Images.storing}. */
export async function addConfigured(images: Images, options: Addition): Promise<Image> {
  const { parent, entry } = options
  return images.add(configFile({ ...options, entry: { ...entry, empty_layer: true } }, parent?.diffIds ?? []), options.hold, parent?.id)
}

/**
 * Adds the image that the first steps of another one make: with its layers and its history so far. Within {@link Images.storing}.
 * @param options.steps how many entries of the history
 */
export async function addPartOf(
  images: Images,
  options: { readonly source: Image; readonly steps: number; readonly parent: Image | undefined; readonly config: ImageConfig; readonly hold: Hold },
): Promise<Image> {
  const { source, steps, parent, config } = options
  const history = source.history.slice(0, steps)
  const entry = history.at(-1) ?? {}
  const diffIds = source.diffIds.slice(0, layersOf(history))
  const { author = '', comment = '', created = new Date().toISOString() } = entry
  const origin = { ...source, history: history.slice(0, -1) }
  return images.add(configFile({ parent: origin, config, author, comment, created, entry }, diffIds), options.hold, parent?.id)
}

/** How many layers steps have made. @see OCI image-spec config.md, "history" */
export function layersOf(history: readonly HistoryEntry[]): number {
  return history.filter(({ empty_layer }) => !empty_layer).length
}

/** @see OCI image-spec config.md */
function configFile({ parent, config, author, comment, created, entry }: Omit<Addition, 'hold'>, diffIds: readonly Digest[]): string {
  return JSON.stringify({
    architecture: parent?.architecture || hostArchitecture(),
    ...(author && { author }),
    ...(comment && { comment }),
    config,
    created,
    history: [...(parent?.history ?? []), entry],
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: diffIds },
    ...(parent?.variant && { variant: parent.variant }),
  })
}
