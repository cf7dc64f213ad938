import { describe, expect, it } from 'vitest'
import { digestOf } from '../digest.ts'
import { hostArchitecture } from '../image.ts'
import { choosePlatform, parsePlatform, readManifest } from './manifest.ts'

const digest = digestOf('x')
const fetched = (document: unknown) => ({ digest, text: typeof document === 'string' ? document : JSON.stringify(document), mediaType: '' })

describe('readManifest', () => {
  it('of an image', () => {
    const { manifest, entries } = readManifest(fetched({ config: { digest, size: 7 }, layers: [{ digest, size: 9 }], annotations: { a: 'b' } }))
    expect(manifest).toEqual({ config: { digest, size: 7 }, layers: [{ digest, size: 9 }] })
    expect(entries).toBeUndefined()
  })

  it('of an index', () => {
    expect(readManifest(fetched({ manifests: [{ digest, platform: { os: 'linux', architecture: 'amd64' } }] })).entries).toHaveLength(1)
  })

  it.each([
    ['schema 1', { schemaVersion: 1, fsLayers: [] }, 'unsupported manifest format: only schema 2 and OCI image manifests are supported'],
    ['no JSON', '<html>', 'error parsing manifest: '],
    ['a wrong type', { layers: 'x' }, 'error parsing manifest: invalid JSON: '],
  ])('refuses %s', (_, document, message) => expect(() => readManifest(fetched(document))).toThrow(message))
})

describe('choosePlatform', () => {
  const entry = (os: string, architecture: string, variant?: string) => ({
    digest: `${os}/${architecture}/${variant}`,
    platform: { os, architecture, variant },
  })
  const entries = [
    { digest: 'attestation', platform: { os: 'unknown', architecture: 'unknown' } },
    entry('windows', 'amd64'),
    entry('linux', 'arm', 'v6'),
    entry('linux', 'arm', 'v7'),
    entry('linux', 'amd64'),
    entry('linux', 'arm64', 'v8'),
  ]

  it.each([
    ['linux/amd64', 'linux/amd64/undefined'],
    ['amd64', 'linux/amd64/undefined'],
    ['linux/x86_64', 'linux/amd64/undefined'],
    ['linux/arm/v7', 'linux/arm/v7'],
    ['linux/arm', 'linux/arm/v6'],
    ['linux/arm64/v8', 'linux/arm64/v8'],
    ['linux/aarch64', 'linux/arm64/v8'],
    ['windows/amd64', 'windows/amd64/undefined'],
    ['LINUX/AMD64', 'linux/amd64/undefined'],
  ])('%s', (platform, chosen) => expect(choosePlatform(entries, platform).digest).toBe(chosen))

  it('of nothing asked is that of this machine', () => {
    expect(parsePlatform('')).toEqual({ os: 'linux', architecture: hostArchitecture() })
    expect(parsePlatform('linux')).toEqual({ os: 'linux', architecture: hostArchitecture() })
  })

  it.each(['linux/s390x', 'linux/arm/v5'])('%s is not there', (platform) => {
    expect(() => choosePlatform(entries, platform)).toThrow(
      expect.objectContaining({ kind: 'not-found', message: `no matching manifest for ${platform} in the manifest list entries` }),
    )
  })
})

describe('one text is one thing', () => {
  const digest = `sha256:${'a'.repeat(64)}`
  const fetched = (document: object, mediaType: string) => ({ text: JSON.stringify(document), digest: digestOf(''), mediaType })
  const OCI = 'application/vnd.oci.image.manifest.v1+json'
  const image = { config: { digest, mediaType: 'application/vnd.oci.image.config.v1+json' }, layers: [] }

  it.each<[string, object, string, string]>([
    ['an image that is an index, too', { ...image, manifests: [] }, OCI, 'it is both an image manifest and an index'],
    ['served as something else', { ...image, mediaType: OCI }, 'application/vnd.oci.image.index.v1+json', 'mediaType in manifest should be'],
    ['no image', { ...image, config: { digest, mediaType: 'application/vnd.cncf.helm.config.v1+json' } }, OCI, 'Encountered remote "application/vnd.cncf.helm'],
  ])('%s is refused', (_, document, served, message) => expect(() => readManifest(fetched(document, served))).toThrow(message))

  it('served without a type of its own, its text tells', () =>
    expect(readManifest(fetched({ ...image, mediaType: OCI }, 'application/octet-stream')).manifest?.layers).toEqual([]))
})
