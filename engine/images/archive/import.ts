import type { Readable } from 'node:stream'
import { applyChanges } from '../changes.ts'
import { decompressed } from '../compression.ts'
import type { Image } from '../image.ts'
import type { Images } from '../images.ts'
import { familiarName, parseReference, withDefaultTag } from '../reference.ts'

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
export async function importArchive(images: Images, body: Readable, options: ImportOptions): Promise<Image> {
  const { repository, tag, changes } = options
  const reference = repository === '' ? undefined : withDefaultTag(parseReference(tag === '' ? repository : `${repository}:${tag}`))
  const config = applyChanges({}, changes)
  const comment = options.message || 'Imported from -'
  const { digest: diffId } = await images.blobs.write(await decompressed(body))
  using _lease = images.lease([diffId])
  const created = new Date().toISOString()
  const image = await images.addLayered({ parent: undefined, config, author: '', comment, created, diffId, entry: { created, comment } })
  if (reference) images.name(image, reference)
  images.events.publish('image', 'import', image.id, { name: reference ? familiarName(reference) : image.id })
  return image
}
