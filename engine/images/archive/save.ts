import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import tar, { type Pack } from 'tar-stream'
import { messageOf } from '../../errors.ts'
import { decompressed } from '../compression.ts'
import { type Digest, DigestMeter, digestOf, hexOf } from '../digest.ts'
import type { Image } from '../image.ts'
import type { Images } from '../images.ts'
import { chainIds } from '../layers.ts'
import { OCI_TYPES } from '../media-types.ts'
import type { Part } from '../part.ts'
import { familiarName, familiarRepository, fullRepository, parseReference, type Reference } from '../reference.ts'
import { ArchiveWriter, blobPath, indexText, nameAnnotations, OCI_LAYOUT } from './archive-writer.ts'

/** An image to be saved, and the names to save it under. */
interface Chosen {
  readonly image: Image
  readonly references: readonly Reference[]
}

/**
 * An archive of images in the form of docker 28: blobs by digest, layers as plain tars, `manifest.json` and an OCI
 * index that say which is what. Streams; nothing larger than a manifest is held. The images cannot be removed while it
 * is read: destroy it when nobody reads on.
 * @param names as the client gave them: a repository without a tag means all its tags
 * @throws EngineError `not-found` before the first byte
 */
export function saveArchive(images: Images, names: readonly string[]): Readable {
  const chosen = byImage(names.flatMap((name) => choose(images, name)))
  const pack = tar.pack()
  images
    .storing(() => writeArchive(images, pack, chosen))
    .catch((error: Error) => {
      images.log.debug('save ended early', { error: messageOf(error) })
      pack.destroy(error)
    })
  return Readable.from(pack as AsyncIterable<Buffer>)
}

function choose(images: Images, name: string): Chosen[] {
  const isRepository = /^[^@]*$/.test(name) && !/:[^/]*$/.test(name)
  const tags = isRepository ? tagsOf(images, name) : []
  if (tags.length > 0) return tags
  const image = images.get(name)
  return [{ image, references: images.isId(name, image) ? [] : [parseReference(name)].filter(({ tag }) => tag !== undefined) }]
}

function tagsOf(images: Images, name: string): Chosen[] {
  if (!/^[a-z0-9]/.test(name) || /^[0-9a-f]{64}$/.test(name)) return []
  const repository = parseReference(name)
  return images.names.tagsOf(fullRepository(repository)).flatMap((tag) => {
    const reference = { ...repository, tag }
    const image = images.findExact(reference)
    return image ? [{ image, references: [reference] }] : []
  })
}

function byImage(chosen: readonly Chosen[]): Chosen[] {
  const merged = new Map<string, Chosen>()
  for (const { image, references } of chosen) merged.set(image.id, { image, references: [...(merged.get(image.id)?.references ?? []), ...references] })
  return [...merged.values()]
}

async function writeArchive(images: Images, pack: Pack, chosen: readonly Chosen[]): Promise<void> {
  const writer = new ArchiveWriter(pack)
  await writer.text(OCI_LAYOUT.path, OCI_LAYOUT.text)
  const manifests: object[] = []
  const index: object[] = []
  const repositories: Record<string, Record<string, string>> = {}
  for (const { image, references } of chosen) {
    const layers = await writeLayers(images, writer, image)
    const configText = await images.blobs.readText(image.id)
    await writer.text(blobPath(image.id), configText)
    const config = { mediaType: OCI_TYPES.config, digest: image.id, size: Buffer.byteLength(configText) }
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: OCI_TYPES.manifest, config, layers })
    await writer.text(blobPath(digestOf(manifest)), manifest)
    const descriptor = { mediaType: OCI_TYPES.manifest, digest: digestOf(manifest), size: Buffer.byteLength(manifest) }
    index.push(...(references.length === 0 ? [descriptor] : references.map((one) => ({ ...descriptor, annotations: nameAnnotations(one) }))))
    manifests.push({
      Config: blobPath(image.id),
      RepoTags: references.length > 0 ? references.map(familiarName) : null,
      Layers: layers.map(({ digest }) => blobPath(digest)),
      LayerSources: Object.fromEntries(layers.map((layer) => [layer.digest, layer])),
    })
    for (const reference of references) {
      const repository = familiarRepository(reference)
      repositories[repository] = { ...repositories[repository], [reference.tag ?? '']: hexOf(image.diffIds.at(-1) ?? image.id) }
    }
    images.announce('save', image, image.id, image.id)
  }
  await writer.text('index.json', indexText(index))
  await writer.text('manifest.json', JSON.stringify(manifests))
  if (Object.keys(repositories).length > 0) await writer.text('repositories', JSON.stringify(repositories))
  pack.finalize()
}

async function writeLayers(images: Images, writer: ArchiveWriter, image: Image): Promise<Part[]> {
  const layers: Part[] = []
  for (const chainId of chainIds(image.diffIds)) {
    const row = images.layers.get(chainId)
    const digest = row.diffId as Digest
    const open = () => decompressed(images.blobs.read(row.blob as Digest))
    // A tar entry's size comes before its bytes, so a compressed layer is read once to count.
    const size = row.blob === digest ? ((await images.blobs.sizeOf(digest)) ?? 0) : await countBytes(await open())
    await writer.stream(blobPath(digest), size, open)
    layers.push({ mediaType: OCI_TYPES.plain, size, digest })
  }
  return layers
}

async function countBytes(source: Readable): Promise<number> {
  const meter = new DigestMeter()
  await pipeline(source, meter.resume())
  return meter.sizeBytes
}
