import type { PackedImage } from '../images/pack-image.ts'
import { parseReference, type Reference, withDefaultTag } from '../images/reference.ts'
import type { Attributes } from './attributes.ts'
import type { Built } from './built.ts'
import type { Solving } from './solve-dockerfile.ts'

/** Where the result of a build goes. */
export interface Export {
  readonly type: string
  readonly attributes: Readonly<Record<string, string>>
}

/** Brings a result to its place. @returns what the client is told of it */
export type Exporter = (built: Built, solving: Solving) => Promise<Record<string, string>>

/** Names of the image; checked before anything is built. @throws EngineError */
export function namesOf(attributes: Attributes): Reference[] {
  return (attributes.text('name') ?? '').split(',').flatMap((name) => (name === '' ? [] : [withDefaultTag(parseReference(name))]))
}

export function fullName({ domain, path, tag }: Reference): string {
  return `${domain}/${path}:${tag}`
}

/**
 * What a client is told of an image that left, for `--metadata-file` and `--iidfile`.
 * @see moby/buildkit, exporter/containerimage/exptypes
 */
export function toldOfImage({ descriptor, config }: PackedImage, names: readonly Reference[]): Record<string, string> {
  return {
    'containerimage.digest': descriptor.digest,
    'containerimage.config.digest': config.digest,
    'containerimage.descriptor': Buffer.from(JSON.stringify(descriptor)).toString('base64'),
    ...(names.length > 0 && { 'image.name': names.map(fullName).join(',') }),
  }
}
