import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  bytesOf,
  codesOf,
  content,
  DistributionClient,
  described,
  imageManifest,
  locationOf,
  NOWHERE,
  OCI_INDEX,
  OCI_MANIFEST,
  OCTETS,
  someBlob,
  withDigest,
} from './distribution-client.ts'
import { BOTH, type RunningRegistry, startRegistry } from './servers.ts'

/** A body whose length the server is not told. */
function streamed(bytes: Buffer): ReadableStream {
  return new Blob([new Uint8Array(bytes)]).stream()
}

/** OCI distribution-spec v1.1, "Push". */
describe.each(BOTH)('%s: push', (kind) => {
  let registry: RunningRegistry
  let client: DistributionClient
  beforeAll(async () => {
    registry = await startRegistry(kind)
    client = new DistributionClient(registry.url)
  })
  afterAll(() => registry[Symbol.asyncDispose]())

  async function pulled(repository: string, digest: string): Promise<Buffer> {
    const response = await client.ask('GET', `${repository}/blobs/${digest}`)
    expect(response.status).toBe(200)
    return bytesOf(response)
  }

  describe('a blob', () => {
    it('by POST and then PUT', async () => {
      const blob = someBlob(100_000)
      const response = await client.pushBlob('put', blob)
      expect(response.status).toBe(201)
      expect(response.headers.get('docker-content-digest')).toBe(blob.digest)
      expect((await bytesOf(await client.ask('GET', locationOf(response)))).equals(blob.bytes)).toBe(true)
    })

    it('of no bytes', async () => {
      const empty = content('')
      expect((await client.pushBlob('put', empty)).status).toBe(201)
      expect(await pulled('put', empty.digest)).toHaveLength(0)
    })

    it('by PATCH of a body of unknown length, then PUT without one', async () => {
      const blob = someBlob(500_000)
      const patched = await client.ask('PATCH', await client.begin('stream'), { headers: OCTETS, body: streamed(blob.bytes) })
      expect(patched.status).toBe(202)
      expect((await client.ask('PUT', withDigest(locationOf(patched), blob.digest))).status).toBe(201)
      expect((await pulled('stream', blob.digest)).equals(blob.bytes)).toBe(true)
    })

    it('in chunks, the last one with the PUT', async () => {
      const blob = someBlob(3000)
      let location = await client.begin('chunks')
      for (const [first, last] of [
        [0, 999],
        [1000, 1999],
      ] as const) {
        const headers = { ...OCTETS, 'content-range': `${first}-${last}` }
        const response = await client.ask('PATCH', location, { headers, body: blob.bytes.subarray(first, last + 1) })
        expect(response.status).toBe(202)
        expect(response.headers.get('range')).toBe(`0-${last}`)
        location = locationOf(response)
      }
      const headers = { ...OCTETS, 'content-range': '2000-2999' }
      expect((await client.ask('PUT', withDigest(location, blob.digest), { headers, body: blob.bytes.subarray(2000) })).status).toBe(201)
      expect((await pulled('chunks', blob.digest)).equals(blob.bytes)).toBe(true)
    })

    it('GET of an upload says how much has come', async () => {
      const started = await client.ask('PATCH', await client.begin('status'), { headers: OCTETS, body: Buffer.alloc(1234) })
      const shown = await client.ask('GET', locationOf(started))
      expect(shown.status).toBe(204)
      expect(shown.headers.get('range')).toBe('0-1233')
      expect(locationOf(shown)).toContain('/v2/status/blobs/uploads/')
    })

    it('DELETE of an upload cancels it', async () => {
      const location = await client.begin('cancel')
      expect((await client.ask('DELETE', location)).status).toBe(204)
      const shown = await client.ask('GET', location)
      expect([shown.status, await codesOf(shown)]).toEqual([404, ['BLOB_UPLOAD_UNKNOWN']])
    })

    it('with bytes that are not those of the digest is refused, and not there', async () => {
      const response = await client.ask('PUT', withDigest(await client.begin('wrong'), NOWHERE), { headers: OCTETS, body: Buffer.from('other') })
      expect([response.status, await codesOf(response)]).toEqual([400, ['DIGEST_INVALID']])
      expect((await client.ask('HEAD', `wrong/blobs/${NOWHERE}`)).status).toBe(404)
    })

    it('with a digest that is none is refused', async () => {
      const response = await client.ask('PUT', withDigest(await client.begin('wrong'), 'sha256:xyz'), { headers: OCTETS, body: Buffer.from('x') })
      expect([response.status, await codesOf(response)]).toEqual([400, ['DIGEST_INVALID']])
    })

    it('is mounted from another repository without being sent', async () => {
      const blob = someBlob()
      await client.pushBlob('mount/from', blob)
      const response = await client.ask('POST', `mount/to/blobs/uploads/?mount=${blob.digest}&from=mount/from`)
      expect(response.status).toBe(201)
      expect(locationOf(response)).toContain(`/v2/mount/to/blobs/${blob.digest}`)
      expect((await pulled('mount/to', blob.digest)).equals(blob.bytes)).toBe(true)
    })

    it.each([`mount=${NOWHERE}&from=mount/from`, `mount=${NOWHERE}`])('that cannot be mounted (%s) begins an upload', async (query) => {
      const response = await client.ask('POST', `mount/to/blobs/uploads/?${query}`)
      expect(response.status).toBe(202)
      const blob = someBlob()
      expect((await client.ask('PUT', withDigest(locationOf(response), blob.digest), { headers: OCTETS, body: blob.bytes })).status).toBe(201)
    })
  })

  describe('a manifest', () => {
    it.each(['v1', 'digest'])('by %s', async (by) => {
      const config = someBlob()
      await client.pushBlob('m', config)
      const manifest = imageManifest(config, [])
      const response = await client.pushManifest('m', by === 'digest' ? manifest.digest : by, manifest)
      expect(response.status).toBe(201)
      expect(response.headers.get('docker-content-digest')).toBe(manifest.digest)
      expect((await client.ask('GET', locationOf(response), { headers: { accept: OCI_MANIFEST } })).status).toBe(200)
    })

    it('again moves its tag', async () => {
      await client.pushImage('m', 'moving')
      const second = await client.pushImage('m', 'moving')
      expect((await client.manifest('m', 'moving', 'HEAD')).headers.get('docker-content-digest')).toBe(second.digest)
    })

    it('whose blobs are not there is refused by their names', async () => {
      const manifest = imageManifest(someBlob(), [someBlob()])
      const response = await client.pushManifest('m', 'missing', manifest)
      expect(await codesOf(response)).toContain('MANIFEST_BLOB_UNKNOWN')
      expect((await client.manifest('m', 'missing')).status).toBe(404)
    })

    it('whose blobs are only in another repository is refused', async () => {
      const config = someBlob()
      await client.pushBlob('elsewhere', config)
      const response = await client.pushManifest('m', 'elsewhere', imageManifest(config, []))
      expect(await codesOf(response)).toContain('MANIFEST_BLOB_UNKNOWN')
    })

    it('that is no JSON is refused', async () => {
      const response = await client.pushManifest('m', 'broken', content('{"schemaVersion": 2,'))
      expect([response.status, await codesOf(response)]).toEqual([400, ['MANIFEST_INVALID']])
    })

    it('under the digest of another is refused', async () => {
      const config = someBlob()
      await client.pushBlob('m', config)
      const response = await client.pushManifest('m', NOWHERE, imageManifest(config, []))
      expect([response.status, await codesOf(response)]).toEqual([400, ['DIGEST_INVALID']])
    })

    it('with a Content-Type that is not its mediaType is refused', async () => {
      const config = someBlob()
      await client.pushBlob('m', config)
      const response = await client.pushManifest('m', 'type', imageManifest(config, []), OCI_INDEX)
      expect([response.status, await codesOf(response)]).toEqual([400, ['MANIFEST_INVALID']])
    })

    it('that is an index of manifests', async () => {
      const image = await client.pushImage('index', undefined)
      const index = content(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [described(OCI_MANIFEST, image)] }))
      expect((await client.pushManifest('index', 'all', index, OCI_INDEX)).status).toBe(201)
      const response = await client.manifest('index', 'all')
      expect(response.headers.get('content-type')).toBe(OCI_INDEX)
      expect((await bytesOf(response)).equals(index.bytes)).toBe(true)
    })

    it('that is an index of what is not there is refused', async () => {
      const index = content(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [described(OCI_MANIFEST, someBlob())] }))
      expect(await codesOf(await client.pushManifest('index', 'broken', index, OCI_INDEX))).toContain('MANIFEST_BLOB_UNKNOWN')
    })
  })
})
