import { EngineError, messageOf } from '../errors.ts'
import type { Hold } from '../images/holds.ts'
import type { Image } from '../images/image.ts'
import { contentsOf } from '../images/image-contents.ts'
import { configAt } from '../images/image-epoch.ts'
import type { Images } from '../images/images.ts'
import { type PackedImage, type Packing, packImage } from '../images/pack-image.ts'
import { familiarName, familiarRepository, type Reference } from '../images/reference.ts'
import { Attributes } from './attributes.ts'
import type { Built } from './built.ts'
import { type Export, type Exporter, fullName, namesOf, toldOfImage } from './export.ts'
import { type LayerOptions, packingFor, packingOptions } from './packing-options.ts'
import { credentialsOf } from './session.ts'
import type { Solving } from './solve-dockerfile.ts'
import { epochOf } from './source-date-epoch.ts'
import { VertexRun } from './vertex-outputs.ts'

/** Where an image is sent, once it has its names here. */
interface Pushing {
  readonly packing: Packing & LayerOptions
  /** It gets no tag there. */
  readonly isByDigest: boolean
  readonly isInsecure: boolean
}

/** Puts the result among the images, where it is already, under its names, and sends it from there where that is asked for. */
export function imageExporter(images: Images, wanted: Export): Exporter {
  const attributes = new Attributes(wanted.attributes, 'output image')
  const names = namesOf(attributes)
  const epochS = epochOf(attributes.text('source-date-epoch'), 'source-date-epoch')
  // Compose and moby ask for what is so anyway: images are here, and lie extracted.
  for (const always of ['load', 'unpack']) attributes.flag(always, true)
  if (attributes.flag('rewrite-timestamp', false)) throw new EngineError('invalid', 'exporter option "rewrite-timestamp" conflicts with "unpack"')
  attributes.refuseIf(!attributes.flag('store', true), 'store=false')
  const pushing = pushingOf(attributes, names)
  attributes.refuseRest(pushing ? '' : ', unless it is pushed: images here have no manifest')
  return async (built, solving) => {
    const vertex = new VertexRun(solving.status, 'exporting to image')
    try {
      const image = await datedImage(images, { ...built, epochS: epochS ?? built.epochS }, solving.hold)
      vertex.note('exporting layers')
      vertex.note(`writing image ${image.id}`)
      for (const name of names) {
        images.name(image, name)
        vertex.note(`naming to ${fullName(name)}`)
      }
      const packed = pushing && (await packImage(images, await contentsOf(images, image), packingFor(images, pushing.packing, names)))
      for (const name of packed ? names : []) if (pushing && packed) await push(images, image, name, { packed, pushing, vertex, solving })
      vertex.end()
      return packed ? toldOfImage(packed, names) : { 'containerimage.digest': image.id, 'containerimage.config.digest': image.id, ...toldNames(names) }
    } catch (error) {
      vertex.end(messageOf(error))
      throw error
    }
  }
}

function pushingOf(attributes: Attributes, names: readonly Reference[]): Pushing | undefined {
  const isPushed = attributes.flag('push', false)
  const isByDigest = attributes.flag('push-by-digest', false)
  const isInsecure = attributes.flag('registry.insecure', false)
  if (!isPushed) return undefined
  if (names.length === 0) throw new EngineError('invalid', 'tag is needed when pushing to registry')
  return { packing: packingOptions(attributes, false), isByDigest, isInsecure }
}

function toldNames(names: readonly Reference[]): Record<string, string> {
  return names.length > 0 ? { 'image.name': names.map(fullName).join(',') } : {}
}

/** As it would be if it had been made at the time that was asked for. Its layers, and what it is made on, are the same. */
async function datedImage(images: Images, { image, base, epochS }: Built, hold: Hold): Promise<Image> {
  if (epochS === undefined) return image
  const text = configAt(await images.blobs.readText(image.id), epochS, base?.history ?? [])
  // On top of the other, which is what the cache finds the next time.
  return images.add(text, hold, image.id)
}

interface PushWork {
  readonly packed: PackedImage
  readonly pushing: Pushing
  readonly vertex: VertexRun
  readonly solving: Solving
}

async function push(images: Images, image: Image, name: Reference, { packed, pushing, vertex, solving }: PushWork): Promise<void> {
  const { session, signal } = solving
  const { digest } = packed.descriptor
  const reference = pushing.isByDigest ? { ...name, tag: undefined } : name
  try {
    // All of it is loaded when it is first needed, as for a push of docker's.
    const { pushPacked } = await import('../images/registry/push-packed.ts')
    const auth = await credentialsOf(session, name.domain, signal)
    const manifest = { ...packed, blobs: [...packed.layers, packed.config] }
    await pushPacked(images, manifest, { reference, auth, isInsecure: pushing.isInsecure, signal })
  } catch (error) {
    signal.throwIfAborted()
    const kind = error instanceof EngineError ? error.kind : 'system'
    throw new EngineError(kind, `failed to push ${fullName(name)}: ${messageOf(error)}`, { cause: error })
  }
  vertex.note(`pushing manifest for ${fullName(name)}@${digest}`)
  images.name(image, { ...name, tag: undefined, digest }, false)
  images.announce('push', image, familiarName(name), familiarRepository(name))
}
