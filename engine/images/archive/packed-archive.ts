import { Readable } from 'node:stream'
import tar, { type Pack } from 'tar-stream'
import type { Images } from '../images.ts'
import type { PackedImage } from '../pack-image.ts'
import { familiarName, type Reference } from '../reference.ts'
import { ArchiveWriter, blobPath, indexText, nameAnnotations, OCI_LAYOUT } from './archive-writer.ts'

export interface PackedArchiveOptions {
  readonly names: readonly Reference[]
  /** With docker's `manifest.json` beside the index. */
  readonly isForDocker: boolean
}

/**
 * An archive of one image as it was packed. Streams. Within {@link Images.storing}, until it is read or destroyed.
 * @see OCI image-spec image-layout.md
 */
export function packedArchive(images: Images, packed: PackedImage, options: PackedArchiveOptions): Readable {
  const pack = tar.pack()
  write(images, pack, packed, options).catch((error: Error) => pack.destroy(error))
  return Readable.from(pack as AsyncIterable<Buffer>)
}

async function write(images: Images, pack: Pack, { manifest, descriptor, config, layers }: PackedImage, options: PackedArchiveOptions): Promise<void> {
  const { names, isForDocker } = options
  const writer = new ArchiveWriter(pack)
  await writer.text(OCI_LAYOUT.path, OCI_LAYOUT.text)
  for (const { digest, size } of [config, ...layers]) await writer.stream(blobPath(digest), size, async () => images.blobs.read(digest))
  await writer.text(blobPath(descriptor.digest), manifest)
  const entries = names.map((name) => ({ ...descriptor, annotations: { ...descriptor.annotations, ...nameAnnotations(name) } }))
  await writer.text('index.json', indexText(entries.length > 0 ? entries : [descriptor]))
  if (isForDocker) {
    const RepoTags = names.length > 0 ? names.map(familiarName) : null
    await writer.text('manifest.json', JSON.stringify([{ Config: blobPath(config.digest), RepoTags, Layers: layers.map(({ digest }) => blobPath(digest)) }]))
  }
  pack.finalize()
}
