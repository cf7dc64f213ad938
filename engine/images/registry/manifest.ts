import { type Static, Type } from 'typebox'
import { EngineError } from '../../errors.ts'
import { decodeObject } from '../../json/go-json.ts'
import { hostArchitecture } from '../images.ts'

const Descriptor = Type.Object({
  mediaType: Type.Optional(Type.String()),
  digest: Type.String(),
  size: Type.Optional(Type.Integer()),
  platform: Type.Optional(Type.Object({ architecture: Type.String(), os: Type.String(), variant: Type.Optional(Type.String()) })),
})
export type Descriptor = Static<typeof Descriptor>

const Manifest = Type.Object({ config: Descriptor, layers: Type.Array(Descriptor) })
export type Manifest = Static<typeof Manifest>

const Index = Type.Object({ manifests: Type.Array(Descriptor) })

export const INDEX_TYPES = ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json']
const MANIFEST_TYPES = ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json']
export const ACCEPT = [...MANIFEST_TYPES, ...INDEX_TYPES].join(', ')

/** @throws EngineError `system` when it is not one */
export function parseManifest(text: string): Manifest {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !('config' in value) || !('layers' in value)) {
    throw new EngineError('system', 'unsupported manifest format: only schema 2 and OCI image manifests are supported')
  }
  return decodeObject(Manifest, value)
}

/**
 * The manifest of an index that fits a platform, `linux/<this machine>` unless asked otherwise.
 * @param platform `os/architecture[/variant]` or empty
 * @throws EngineError `not-found` with docker's words
 */
export function choosePlatform(text: string, platform: string): Descriptor {
  const [os = 'linux', architecture = hostArchitecture(), variant] = platform === '' ? [] : platform.split('/')
  const { manifests } = decodeObject(Index, JSON.parse(text))
  const fitting = manifests.filter((one) => one.platform?.os === os && one.platform.architecture === architecture)
  const chosen = fitting.find((one) => variant === undefined || one.platform?.variant === variant)
  if (!chosen) throw new EngineError('not-found', `no matching manifest for ${[os, architecture, variant].filter(Boolean).join('/')} in the manifest list entries`)
  return chosen
}
