import { type Static, Type } from 'typebox'
import { EngineError, messageOf } from '../errors.ts'
import { type Digest, digestOf, parseDigest } from '../images/digest.ts'
import { hostArchitecture, type Image, parseImage } from '../images/image.ts'
import { decodeObject } from '../json/go-json.ts'

/** What a cache of ours calls its configuration: the images whose steps it has. @see docs/decisions/0040-caches-elsewhere.md */
export const CACHE_CONFIG_TYPE = 'application/vnd.engineroom.buildcache.v1+json'

/** The diffID of a layer, as containerd notes it. */
export const DIFF_ID = 'containerd.io/uncompressed'

const BUILDKIT_CONFIG_TYPE = 'application/vnd.buildkit.cacheconfig.v0'
/** Where BuildKit keeps an inline cache in an image. */
const BUILDKIT_INLINE = 'moby.buildkit.cache.v0'

const Descriptor = Type.Object({
  mediaType: Type.Optional(Type.String()),
  digest: Type.String(),
  size: Type.Optional(Type.Integer()),
  platform: Type.Optional(Type.Object({ architecture: Type.String(), os: Type.String() })),
  annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
})
export type CacheBlob = Static<typeof Descriptor>

const Manifest = Type.Object({
  config: Type.Optional(Descriptor),
  layers: Type.Optional(Type.Array(Descriptor)),
  manifests: Type.Optional(Type.Array(Descriptor)),
})

const CacheConfig = Type.Object({ images: Type.Array(Type.Unknown()) })
const WithInlineCache = Type.Object({ [BUILDKIT_INLINE]: Type.Optional(Type.Unknown()) })

/** The images of a cache, and the blobs of their layers by diffID; what they stand on is not among these. */
export interface CacheContents {
  readonly images: readonly Image[]
  readonly layers: ReadonlyMap<Digest, CacheBlob>
}

/** A cache that another builder has made. */
export class ForeignCache extends Error {
  constructor() {
    super('it was made by BuildKit, whose caches this engine cannot read: nothing is taken from it')
  }
}

/** Reads a blob of the cache as text. */
export type ReadText = (digest: Digest, what: 'manifest' | 'config') => Promise<string>

/**
 * Reads the cache of a manifest, or the image of one: its own history says what made it.
 * @throws ForeignCache; EngineError when it is none at all, or broken
 */
export async function readCache(manifest: string, read: ReadText): Promise<CacheContents> {
  const { config, layers = [], manifests } = parse(Manifest, manifest)
  if (manifests) {
    const own = manifests.find(({ platform }) => platform?.os === 'linux' && platform.architecture === hostArchitecture())
    if (own) return readCache(await verified(own.digest, 'manifest', read), read)
    if (manifests.some(({ mediaType }) => mediaType === BUILDKIT_CONFIG_TYPE)) throw new ForeignCache()
  }
  if (!config) throw new EngineError('invalid', 'invalid cache: it has no manifest for this platform')
  if (config.mediaType === BUILDKIT_CONFIG_TYPE) throw new ForeignCache()
  const text = await verified(config.digest, 'config', read)
  if (config.mediaType === CACHE_CONFIG_TYPE) {
    const { images } = parse(CacheConfig, text)
    const named = layers.flatMap((layer) => {
      const diffId = layer.annotations?.[DIFF_ID]
      return diffId === undefined ? [] : [[parseDigest(diffId), layer] as const]
    })
    return { images: images.map((image) => imageOf(JSON.stringify(image))), layers: new Map(named) }
  }
  if (parse(WithInlineCache, text)[BUILDKIT_INLINE] !== undefined) throw new ForeignCache()
  const image = imageOf(text)
  return { images: [image], layers: new Map(image.diffIds.flatMap((diffId, index) => (layers[index] ? [[diffId, layers[index]] as const] : []))) }
}

function imageOf(text: string): Image {
  return parseImage(digestOf(text), text)
}

async function verified(digest: string, what: 'manifest' | 'config', read: ReadText): Promise<string> {
  const text = await read(parseDigest(digest), what)
  if (digestOf(text) !== digest) throw new EngineError('system', `cache verification failed for digest ${digest}`)
  return text
}

function parse<T extends Parameters<typeof decodeObject>[0]>(schema: T, text: string): Static<T> {
  try {
    return decodeObject(schema, JSON.parse(text))
  } catch (error) {
    throw new EngineError('invalid', `invalid cache: ${messageOf(error)}`, { cause: error })
  }
}
