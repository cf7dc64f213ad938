import { Type } from 'typebox'
import type { CacheSource } from '../build/cache-source.ts'
import { EngineError, messageOf } from '../errors.ts'
import type { Image } from '../images/image.ts'
import type { Images } from '../images/images.ts'
import { chainIds } from '../images/layers.ts'
import { decodeJson } from '../json/json-body.ts'
import { Attributes } from './attributes.ts'
import { type CacheContents, ForeignCache, readCache } from './cache-manifest.ts'
import { type CachePlace, cacheReference, folderId, folderPlace, placeName, registryPlace } from './cache-place.ts'
import { fetchLayer } from './fetch-layer.ts'
import type { Solving } from './solve-dockerfile.ts'
import { VertexRun } from './vertex-outputs.ts'

/** A cache that the client has named. */
export interface CacheImport {
  /** For people. */
  readonly name: string
  open(images: Images, solving: Solving): Promise<CachePlace>
}

const Imports = Type.Array(Type.Object({ Type: Type.String(), Attrs: Type.Optional(Type.Record(Type.String(), Type.String())) }))

/**
 * Reads what a client names of caches.
 * @param newer JSON @param older names in registries, with commas between
 * @throws EngineError for a kind or an option that is not honoured, by its name
 */
export function cacheImports(newer: string | undefined, older: string | undefined): CacheImport[] {
  const refs = (older ?? '').split(',').filter((ref) => ref !== '')
  const all = newer ? decodeJson(Imports, newer) : refs.map((ref) => ({ Type: 'registry', Attrs: { ref } }))
  return all.map((one) => cacheImport(one.Type, one.Attrs ?? {}))
}

function cacheImport(type: string, given: Readonly<Record<string, string>>): CacheImport {
  const attributes = new Attributes(given, `cache import ${type}`)
  if (type === 'registry') {
    const reference = cacheReference(attributes.text('ref'))
    const isInsecure = attributes.flag('registry.insecure', false)
    attributes.refuseRest()
    return { name: placeName(reference), open: (images, solving) => registryPlace(images, reference, isInsecure, solving) }
  }
  if (type === 'local') {
    const src = attributes.text('src')
    const digest = attributes.text('digest')
    // The client has looked it up.
    attributes.text('tag')
    attributes.refuseRest()
    if (!src) throw new EngineError('invalid', 'local cache importer requires src')
    if (!digest) throw new EngineError('invalid', 'local cache importer requires explicit digest')
    return { name: src, open: async (_, solving) => folderPlace(folderId(src), digest, solving) }
  }
  throw new EngineError('not-implemented', `cache import of the type ${type} (--cache-from) is not implemented by this engine`)
}

/** The caches of a build that could be opened. What is in them is fetched until they are disposed of. */
export class OpenCaches implements AsyncDisposable {
  readonly sources: readonly CacheSource[]
  readonly #places: AsyncDisposable

  private constructor(sources: readonly CacheSource[], places: AsyncDisposable) {
    this.sources = sources
    this.#places = places
  }

  /** One that cannot be read is told of, and counts for nothing. */
  static async open(images: Images, imports: readonly CacheImport[], solving: Solving): Promise<OpenCaches> {
    await using places = new AsyncDisposableStack()
    const sources: CacheSource[] = []
    for (const one of imports) {
      const vertex = new VertexRun(solving.status, `importing cache manifest from ${one.name}`)
      try {
        const place = places.use(await one.open(images, solving))
        const contents = await readCache(await place.manifest(), place.read)
        sources.push(...contents.images.map((image) => sourceOf({ images, image, contents, place, vertex, signal: solving.signal })))
        vertex.end()
      } catch (error) {
        solving.signal.throwIfAborted()
        if (error instanceof ForeignCache) vertex.warn(`${one.name}: ${error.message}`)
        vertex.end(error instanceof ForeignCache ? '' : messageOf(error))
      }
    }
    return new OpenCaches(sources, places.move())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#places[Symbol.asyncDispose]()
  }
}

interface SourceParts {
  readonly images: Images
  readonly image: Image
  readonly contents: CacheContents
  readonly place: CachePlace
  readonly vertex: VertexRun
  readonly signal: AbortSignal
}

function sourceOf({ images, image, contents, place, vertex, signal }: SourceParts): CacheSource {
  return {
    image,
    async fetch(count) {
      const chains = chainIds(image.diffIds)
      try {
        for (const [index, diffId] of image.diffIds.slice(0, count).entries()) {
          const chainId = chains[index]
          if (chainId === undefined || images.layers.find(chainId)) continue
          const blob = contents.layers.get(diffId)
          // The cache has none of that.
          if (!blob) return false
          await fetchLayer(images, place, { chainId, diffId, blob }, signal)
        }
        return true
      } catch (error) {
        signal.throwIfAborted()
        vertex.warn(`a layer of the cache cannot be had: ${messageOf(error)}`)
        return false
      }
    },
  }
}
