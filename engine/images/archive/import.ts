import type { Readable } from 'node:stream'
import { applyChanges } from '../changes.ts'
import { addLayered } from '../commit.ts'
import { decompressed } from '../compression.ts'
import type { Image } from '../image.ts'
import type { Images } from '../images.ts'
import type { LayerSource } from '../layers.ts'
import { parseReference, withDefaultTag } from '../reference.ts'

export interface ImportOptions {
  readonly repository: string
  readonly tag: string
  readonly message: string
  readonly changes: readonly string[]
}

/**
 * Makes an image of one layer from a root file system's tar.
 * @throws EngineError `invalid` for a bad name, change or tar
 * @see Engine API 1.51 ImageCreate, `fromSrc`
 */
export async function importArchive(images: Images, body: Readable, options: ImportOptions, signal: AbortSignal): Promise<Image> {
  const { repository, tag, changes } = options
  const reference = repository === '' ? undefined : withDefaultTag(parseReference(tag === '' ? repository : `${repository}:${tag}`))
  const config = applyChanges({}, changes)
  const comment = options.message || 'Imported from -'
  return images.storing(async (hold) => {
    await using arriving = await images.layers.receive(true)
    const { digest: diffId } = await images.blobs.write(await decompressed(body), { copyTo: arriving.input, signal })
    const created = new Date().toISOString()
    const place = (source: LayerSource) => images.layers.take(source, arriving)
    const image = await addLayered(images, { parent: undefined, config, author: '', comment, created, diffId, entry: { created, comment }, place, hold })
    if (reference) images.name(image, reference)
    images.announce('import', image, image.id, image.id)
    return image
  })
}
