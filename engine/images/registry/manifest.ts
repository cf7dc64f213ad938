import { type Static, Type } from 'typebox'
import { EngineError, messageOf } from '../../errors.ts'
import { decodeObject } from '../../json/go-json.ts'
import { type Digest, digestOf } from '../digest.ts'
import { hostArchitecture } from '../image.ts'
import type { RepositoryClient } from './client.ts'

const Platform = Type.Object({ architecture: Type.String(), os: Type.String(), variant: Type.Optional(Type.String()) })
export type Platform = Static<typeof Platform>

const Descriptor = Type.Object({
  mediaType: Type.Optional(Type.String()),
  digest: Type.String(),
  size: Type.Optional(Type.Integer()),
  platform: Type.Optional(Platform),
})
export type Descriptor = Static<typeof Descriptor>

const Document = Type.Object({
  mediaType: Type.Optional(Type.String()),
  config: Type.Optional(Descriptor),
  layers: Type.Optional(Type.Array(Descriptor)),
  manifests: Type.Optional(Type.Array(Descriptor)),
})

/** One image for one platform. */
export interface Manifest {
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}

/** A manifest or index as a registry gave it: its text is what the digest is of. */
export interface FetchedManifest {
  readonly digest: Digest
  readonly text: string
  readonly mediaType: string
}

/** The forms of manifests and indexes that we read, as a request's `Accept`. */
export const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ')

/**
 * @param target tag or digest
 * @throws EngineError of the kind of the registry's refusal, `system` when the bytes are not those of the digest
 * @see OCI distribution-spec v1.1, "Pulling manifests"
 */
export async function fetchManifest(client: RepositoryClient, target: string): Promise<FetchedManifest> {
  const { text, headers } = await client.text(`manifests/${target}`, 'manifest', { accept: MANIFEST_TYPES })
  const digest = digestOf(text)
  if (target.startsWith('sha256:') && digest !== target) throw new EngineError('system', `manifest verification failed for digest ${target}`)
  return { text, digest, mediaType: String(headers['content-type'] ?? '').split(';', 1)[0] ?? '' }
}

/** What a configuration may be called; docker's own first registry gave no better name than the second. */
const CONFIG_TYPES = ['application/vnd.docker.container.image.v1+json', 'application/octet-stream', 'application/vnd.oci.image.config.v1+json']

/**
 * An index's entries, or the manifest of one image.
 * @throws EngineError `system` when it is neither, or could be taken for both
 * @see CVE-2021-41190, where one text under one digest was two images
 */
export function readManifest({ text, mediaType: served }: FetchedManifest): { manifest?: Manifest; entries?: readonly Descriptor[] } {
  const { config, layers, manifests, mediaType } = parse(text)
  if (mediaType !== undefined && served.includes('vnd.') && mediaType !== served) {
    throw new EngineError('system', `error parsing manifest: mediaType in manifest should be '${served}' not '${mediaType}'`)
  }
  if (manifests && (config || layers)) throw new EngineError('system', 'error parsing manifest: it is both an image manifest and an index')
  if (manifests) return { entries: manifests }
  if (config && layers) {
    if (config.mediaType !== undefined && !CONFIG_TYPES.includes(config.mediaType)) {
      throw new EngineError('system', `Encountered remote ${JSON.stringify(config.mediaType)}(unknown) when fetching`)
    }
    return { manifest: { config, layers } }
  }
  throw new EngineError('system', 'unsupported manifest format: only schema 2 and OCI image manifests are supported')
}

function parse(text: string): Static<typeof Document> {
  try {
    return decodeObject(Document, JSON.parse(text))
  } catch (error) {
    throw new EngineError('system', `error parsing manifest: ${messageOf(error)}`, { cause: error })
  }
}

/**
 * The entry of an index that fits a platform, `linux/<this machine>` unless asked otherwise.
 * @param platform `os/architecture[/variant]`, `architecture`, or empty
 * @throws EngineError `not-found` with docker's words
 */
export function choosePlatform(entries: readonly Descriptor[], platform: string): Descriptor {
  const { os, architecture, variant } = parsePlatform(platform)
  const fitting = entries.filter((one) => one.platform?.os === os && one.platform.architecture === architecture)
  const chosen = fitting.find((one) => variant === undefined || one.platform?.variant === variant)
  if (!chosen)
    throw new EngineError('not-found', `no matching manifest for ${[os, architecture, variant].filter(Boolean).join('/')} in the manifest list entries`)
  return chosen
}

export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/').filter(Boolean)
  if (parts.length === 0) return { os: 'linux', architecture: hostArchitecture() }
  if (parts.length === 1)
    return parts[0] === 'linux' ? { os: 'linux', architecture: hostArchitecture() } : { os: 'linux', architecture: common(parts[0] ?? '') }
  const [os = '', architecture = '', variant] = parts
  return { os, architecture: common(architecture), variant: architecture === 'arm64' && variant === 'v8' ? undefined : variant }
}

/** What `uname` says, in the image specification's words. */
function common(architecture: string): string {
  return { x86_64: 'amd64', 'x86-64': 'amd64', aarch64: 'arm64' }[architecture] ?? architecture
}
