import { type Static, Type } from 'typebox'
import { messageOf } from '../errors.ts'
import { type Digest, digestOf, isDigest } from '../images/digest.ts'
import { decodeObject } from '../json/go-json.ts'
import { RegistryError } from './errors.ts'

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'
const IMAGE_TYPES = [OCI_MANIFEST, DOCKER_MANIFEST]
const INDEX_TYPES = [OCI_INDEX, DOCKER_LIST]

const Descriptor = Type.Object({
  mediaType: Type.Optional(Type.String()),
  digest: Type.String(),
  size: Type.Optional(Type.Integer()),
  urls: Type.Optional(Type.Array(Type.String())),
})
type Descriptor = Static<typeof Descriptor>

const Document = Type.Object({
  schemaVersion: Type.Optional(Type.Integer()),
  mediaType: Type.Optional(Type.String()),
  artifactType: Type.Optional(Type.String()),
  config: Type.Optional(Descriptor),
  layers: Type.Optional(Type.Array(Descriptor)),
  manifests: Type.Optional(Type.Array(Descriptor)),
  subject: Type.Optional(Descriptor),
  annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
})

/** What the registry has to know of a manifest or an index; its bytes are kept as they came. */
export interface Manifest {
  readonly digest: Digest
  readonly sizeBytes: number
  readonly mediaType: string
  /** That of the configuration where the manifest says none of its own. */
  readonly artifactType: string | undefined
  readonly annotations: Readonly<Record<string, string>> | undefined
  /** What must be there before it: configuration and layers. Those that have `urls` may lie elsewhere. */
  readonly blobs: readonly Digest[]
  readonly elsewhere: readonly Digest[]
  /** Of an index. */
  readonly manifests: readonly Digest[]
  readonly subject: Digest | undefined
}

/**
 * @param contentType as the client gave it; undefined for what was stored
 * @throws RegistryError `MANIFEST_INVALID`
 * @see OCI image-spec v1.1, "Image Manifest", "Image Index"; Docker "Image Manifest Version 2, Schema 2"
 */
export function parseManifest(bytes: Buffer, contentType?: string): Manifest {
  const document = decode(bytes)
  const { config, layers = [], manifests, subject, annotations } = document
  const mediaType = document.mediaType ?? contentType ?? (manifests ? OCI_INDEX : OCI_MANIFEST)
  if (contentType !== undefined && contentType !== mediaType) throw invalid(`the body says ${mediaType}, Content-Type says ${contentType}`)
  if (document.schemaVersion !== 2) throw invalid('only schemaVersion 2 is supported')
  const isIndex = INDEX_TYPES.includes(mediaType)
  if (!isIndex && !IMAGE_TYPES.includes(mediaType)) throw invalid(`unsupported media type ${mediaType}`)
  // Read by their type alone, one could be taken for the other by a client that looks at the fields.
  if (isIndex ? config || document.layers : manifests) throw invalid('it has the fields of both a manifest and an index')
  if (isIndex ? !manifests : !config) throw invalid(isIndex ? 'it has no manifests' : 'it has no config')
  return {
    digest: digestOf(bytes),
    sizeBytes: bytes.length,
    mediaType,
    artifactType: document.artifactType || config?.mediaType,
    annotations,
    blobs: [...(config ? [config] : []), ...layers.filter(({ urls = [] }) => urls.length === 0)].map(digestIn),
    elsewhere: layers.filter(({ urls = [] }) => urls.length > 0).map(digestIn),
    manifests: (manifests ?? []).map(digestIn),
    subject: subject && digestIn(subject),
  }
}

function decode(bytes: Buffer): Static<typeof Document> {
  try {
    return decodeObject(Document, JSON.parse(bytes.toString('utf8')))
  } catch (error) {
    throw invalid(messageOf(error))
  }
}

function digestIn({ digest }: Descriptor): Digest {
  if (!isDigest(digest)) throw invalid(`unsupported digest ${digest}`)
  return digest
}

function invalid(reason: string): RegistryError {
  return new RegistryError('MANIFEST_INVALID', { detail: { reason } })
}
