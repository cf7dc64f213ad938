import { EngineError, messageOf } from '../errors.ts'
import { contentsOf } from '../images/image-contents.ts'
import type { Images } from '../images/images.ts'
import { chainIds } from '../images/layers.ts'
import { OCI_TYPES } from '../images/media-types.ts'
import { packLayer } from '../images/pack-image.ts'
import { type Part, partOf } from '../images/part.ts'
import type { PackedManifest } from '../images/registry/push-packed.ts'
import { Attributes } from './attributes.ts'
import type { BuiltStage } from './built.ts'
import { CACHE_CONFIG_TYPE, DIFF_ID } from './cache-manifest.ts'
import { cacheReference, folderId } from './cache-place.ts'
import { ClientStore } from './client-store.ts'
import type { Exporter } from './export.ts'
import { type LayerOptions, layerPacking, packingFor } from './packing-options.ts'
import { credentialsOf } from './session.ts'
import type { Solving } from './solve-dockerfile.ts'
import { VertexRun } from './vertex-outputs.ts'

/** What brings that which the next build could use to its place. @throws EngineError for what is not honoured, by its name, before anything is built */
export function cacheExporterOf(images: Images, type: string, given: Readonly<Record<string, string>>): Exporter {
  const attributes = new Attributes(given, `cache export ${type}`)
  const isForgiven = attributes.flag('ignore-error', false)
  const mode = attributes.text('mode') ?? 'min'
  if (mode !== 'min' && mode !== 'max') throw new EngineError('invalid', `invalid cache export mode: ${mode}`)
  if (type === 'inline') {
    attributes.refuseIf(mode === 'max', 'mode=max')
    attributes.refuseRest()
    // An image's history is all that our cache asks for: it is in every image that leaves.
    return async () => ({})
  }
  const place = placeOf(images, type, attributes)
  const packing = place.packing(layerPacking(attributes))
  attributes.refuseIf(!attributes.flag('oci-mediatypes', true), 'oci-mediatypes=false')
  attributes.refuseIf(!attributes.flag('image-manifest', true), 'image-manifest=false')
  attributes.refuseRest()
  return async (built, solving): Promise<Record<string, string>> => {
    const vertex = new VertexRun(solving.status, `exporting cache to ${type === 'local' ? 'client directory' : type}`)
    try {
      const packed = await packCache(images, mode === 'max' ? built.stages : [built], packing)
      for (const { digest } of packed.blobs) vertex.note(`writing layer ${digest}`)
      await place.send(packed, solving)
      vertex.note(`writing cache image manifest ${packed.descriptor.digest}`)
      vertex.end()
      return { 'cache.manifest': JSON.stringify(packed.descriptor) }
    } catch (error) {
      solving.signal.throwIfAborted()
      vertex.end(messageOf(error))
      if (!isForgiven) throw error
      return {}
    }
  }
}

interface Place {
  packing(options: LayerOptions): LayerOptions
  send(packed: PackedManifest, solving: Solving): Promise<void>
}

function placeOf(images: Images, type: string, attributes: Attributes): Place {
  if (type === 'local') {
    const dest = attributes.text('dest')
    if (!dest) throw new EngineError('invalid', 'local cache exporter requires dest')
    // The client keeps the index itself.
    attributes.text('tag')
    return {
      packing: (options) => options,
      send: ({ blobs, descriptor }, { session, signal }) => new ClientStore(session, folderId(dest), signal).putAll(images, [...blobs, descriptor]),
    }
  }
  if (type === 'registry') {
    const reference = cacheReference(attributes.text('ref'))
    const isInsecure = attributes.flag('registry.insecure', false)
    return {
      packing: (options) => packingFor(images, options, [reference]),
      async send(packed, { session, signal }) {
        const { pushPacked } = await import('../images/registry/push-packed.ts')
        const auth = await credentialsOf(session, reference.domain, signal)
        await pushPacked(images, packed, { reference, auth, isInsecure, signal })
      },
    }
  }
  throw new EngineError('not-implemented', `cache export of the type ${type} (--cache-to) is not implemented by this engine`)
}

/** Layers that a base image has are left out: who takes a step of it from the cache has it already. */
async function packCache(images: Images, stages: readonly BuiltStage[], packing: LayerOptions): Promise<PackedManifest> {
  const known = new Set<string>(stages.flatMap(({ base }) => chainIds(base?.diffIds ?? [])))
  const layers = new Map<string, Part & { readonly annotations: Record<string, string> }>()
  const configs: unknown[] = []
  for (const { image } of stages) {
    const contents = await contentsOf(images, image)
    configs.push(JSON.parse(contents.config))
    const chains = chainIds(image.diffIds)
    for (const [index, layer] of contents.layers.entries()) {
      if (known.has(chains[index] ?? layer.diffId) || layers.has(layer.diffId)) continue
      const { packing: how, digest, size } = await packLayer(images, layer, packing)
      layers.set(layer.diffId, { mediaType: OCI_TYPES[how], digest, size, annotations: { [DIFF_ID]: layer.diffId } })
    }
  }
  const config = await partOf(images, await images.blobs.writeText(JSON.stringify({ images: configs })), CACHE_CONFIG_TYPE)
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: OCI_TYPES.manifest, config, layers: [...layers.values()] })
  const descriptor = await partOf(images, await images.blobs.writeText(manifest), OCI_TYPES.manifest)
  // Of two layers, one may be the other's bytes.
  const blobs = [...new Map([...layers.values(), config].map((part) => [part.digest, part])).values()]
  return { manifest, descriptor, blobs }
}
