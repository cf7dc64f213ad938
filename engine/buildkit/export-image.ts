import { EngineError } from '../errors.ts'
import type { Image } from '../images/image.ts'
import type { Images } from '../images/images.ts'
import { parseReference, type Reference, withDefaultTag } from '../images/reference.ts'
import type { BuildStatus } from './build-status.ts'
import { VertexRun } from './vertex-outputs.ts'

/** Where the result of a build goes. */
export interface Export {
  readonly type: string
  readonly attributes: Readonly<Record<string, string>>
}

/** The client pushes itself, once the image is here. */
const NOT_OURS = ['push', 'unpack', 'registry.insecure']

/** Names of the image; checked before anything is built. @throws EngineError */
export function imageNames({ attributes }: Export): Reference[] {
  const unknown = Object.keys(attributes).find((key) => key !== 'name' && !NOT_OURS.includes(key))
  if (unknown !== undefined) throw new EngineError('not-implemented', `the option ${unknown} of the output is not implemented by this engine`)
  return (attributes.name ?? '').split(',').flatMap((name) => (name === '' ? [] : [withDefaultTag(parseReference(name))]))
}

/** Puts the result among the images, where it is already, under its names. @returns what the client is told of it */
export function exportImage(images: Images, image: Image, names: readonly Reference[], status: BuildStatus): Record<string, string> {
  const vertex = new VertexRun(status, 'exporting to image')
  vertex.note('exporting layers')
  vertex.note(`writing image ${image.id}`)
  for (const name of names) {
    images.name(image, name)
    vertex.note(`naming to ${fullName(name)}`)
  }
  vertex.end()
  return {
    'containerimage.digest': image.id,
    'containerimage.config.digest': image.id,
    ...(names.length > 0 && { 'image.name': names.map(fullName).join(',') }),
  }
}

function fullName({ domain, path, tag }: Reference): string {
  return `${domain}/${path}:${tag}`
}
