import { EngineError } from '../errors.ts'
import { hostArchitecture } from '../images/image.ts'
import type { Images } from '../images/images.ts'
import { DOCKER_TYPES, type LayerPacking, OCI_TYPES } from '../images/media-types.ts'
import type { Packing } from '../images/pack-image.ts'
import type { Reference } from '../images/reference.ts'
import { isOnThisMachine } from '../images/registry/endpoint.ts'
import type { Attributes } from './attributes.ts'

const PACKINGS: Readonly<Record<string, LayerPacking>> = { uncompressed: 'plain', gzip: 'gzip', zstd: 'zstd' }

/** How far a level may go. @see zlib(3), zstd(1) */
const LEVELS: Readonly<Record<LayerPacking, readonly [number, number]>> = { plain: [0, 0], gzip: [0, 9], zstd: [0, 22] }

/** How layers are to be packed, and whether anybody has said so. */
export type LayerOptions = Pick<Packing, 'layers' | 'isForced' | 'level'> & { readonly isAsked: boolean }

/**
 * How layers are to be packed.
 * @throws EngineError with BuildKit's words
 * @see moby/buildkit, README.md, "Output"
 */
export function layerPacking(attributes: Attributes): LayerOptions {
  const asked = attributes.text('compression')
  const compression = asked ?? 'gzip'
  attributes.refuseIf(compression === 'estargz', 'compression=estargz')
  const layers = PACKINGS[compression]
  if (layers === undefined) throw new EngineError('invalid', `unsupported compression type ${compression}`)
  const level = attributes.integer('compression-level')
  const [least, most] = LEVELS[layers]
  if (level !== undefined && (level < least || level > most)) {
    throw new EngineError('invalid', `compression-level=${level} of ${compression} is not between ${least} and ${most}`)
  }
  const isForced = attributes.flag('force-compression', false)
  return { layers, isForced, level, isAsked: asked !== undefined || isForced || level !== undefined }
}

/**
 * The same for where an image goes: to compress it takes longer than the way to a registry on this machine. Unless it was asked for, layers go there as they are.
 * @see docs/decisions/0021-local-registry.md
 */
export function packingFor<O extends LayerOptions>(images: Images, options: O, references: readonly Reference[]): O {
  const isNear = ({ domain, path }: Reference) => isOnThisMachine(domain) || images.neighbour?.isAt({ host: domain, repository: path })
  return !options.isAsked && references.every(isNear) ? { ...options, layers: 'plain' } : options
}

/** The same, with what the manifest is and says. @param isOci unless it is asked for otherwise */
export function packingOptions(attributes: Attributes, isOci: boolean): Packing & LayerOptions {
  const layers = layerPacking(attributes)
  const { manifest, descriptor } = annotations(attributes)
  const usesOci = attributes.flag('oci-mediatypes', isOci) || layers.layers === 'zstd' || Object.keys(descriptor).length > 0
  attributes.refuseIf(attributes.flag('prefer-nondist-layers', false), 'prefer-nondist-layers')
  attributes.refuseIf(attributes.flag('oci-artifact', false), 'oci-artifact')
  // Without attestations, there is nothing that it could be about.
  attributes.flag('attestation-inline', false)
  return { types: usesOci ? OCI_TYPES : DOCKER_TYPES, ...layers, manifestAnnotations: manifest, descriptorAnnotations: descriptor }
}

const ANNOTATION = /^annotation(?:-([a-z-]+))?(?:\[([A-Za-z0-9_/-]+)\])?\.(\S+)$/

/** @throws EngineError with BuildKit's words @see docker buildx build, --annotation */
function annotations(attributes: Attributes): { manifest: Record<string, string>; descriptor: Record<string, string> } {
  const found: Record<string, Record<string, string>> = { manifest: {}, 'manifest-descriptor': {} }
  for (const { match, value } of attributes.matching(ANNOTATION)) {
    const [, kind = 'manifest', platform, key = ''] = match
    if (kind === 'index' || kind === 'index-descriptor') throw new EngineError('invalid', 'index annotations not supported for single platform export')
    const place = found[kind]
    if (!place) throw new EngineError('invalid', `unrecognized annotation type ${kind}`)
    if (platform !== undefined && platform !== `linux/${hostArchitecture()}`) {
      throw new EngineError('invalid', `invalid annotation: no platform ${platform} found in source`)
    }
    place[key] = value
  }
  return { manifest: found.manifest ?? {}, descriptor: found['manifest-descriptor'] ?? {} }
}
