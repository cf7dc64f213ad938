import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytesOf, type Content, codesOf, DistributionClient, NOWHERE, OCI_MANIFEST, someBlob } from './distribution-client.ts'
import { BOTH, type RunningRegistry, startRegistry } from './servers.ts'

/** OCI distribution-spec v1.1, "Pull". */
describe.each(BOTH)('%s: pull', (kind) => {
  let registry: RunningRegistry
  let client: DistributionClient
  let manifest: Content
  const blob = someBlob(300_000)

  beforeAll(async () => {
    registry = await startRegistry(kind)
    client = new DistributionClient(registry.url)
    await client.pushBlob('a/b', blob)
    manifest = await client.pushImage('a/b', 'v1')
  })
  afterAll(() => registry[Symbol.asyncDispose]())

  it('GET /v2/ says that this is a registry', async () => {
    const response = await client.ask('GET', '/v2/')
    expect(response.status).toBe(200)
    expect(response.headers.get('docker-distribution-api-version')).toBe('registry/2.0')
  })

  it('GET of a blob gives its bytes', async () => {
    const response = await client.ask('GET', `a/b/blobs/${blob.digest}`)
    expect(response.status).toBe(200)
    expect(response.headers.get('docker-content-digest')).toBe(blob.digest)
    expect((await bytesOf(response)).equals(blob.bytes)).toBe(true)
  })

  it('HEAD of a blob gives its size and no bytes', async () => {
    const response = await client.ask('HEAD', `a/b/blobs/${blob.digest}`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-length')).toBe(String(blob.bytes.length))
    expect(response.headers.get('docker-content-digest')).toBe(blob.digest)
  })

  it.each([
    ['bytes=0-99', 0, 100],
    ['bytes=1000-1999', 1000, 2000],
    ['bytes=299990-', 299_990, 300_000],
    ['bytes=-10', 299_990, 300_000],
  ])('GET of a blob with Range: %s gives that part', async (range, first, end) => {
    const response = await client.ask('GET', `a/b/blobs/${blob.digest}`, { headers: { range } })
    expect(response.status).toBe(206)
    expect(response.headers.get('content-range')).toBe(`bytes ${first}-${end - 1}/300000`)
    expect((await bytesOf(response)).equals(blob.bytes.subarray(first, end))).toBe(true)
  })

  it('GET of a blob with a range behind its end is refused', async () => {
    const response = await client.ask('GET', `a/b/blobs/${blob.digest}`, { headers: { range: 'bytes=300000-300010' } })
    expect(response.status).toBe(416)
    await response.body?.cancel()
  })

  it.each(['GET', 'HEAD'])('%s of a blob that is not there is 404', async (method) => {
    expect((await client.ask(method, `a/b/blobs/${NOWHERE}`)).status).toBe(404)
  })

  it('an unknown blob has the code BLOB_UNKNOWN', async () => {
    expect(await codesOf(await client.ask('GET', `a/b/blobs/${NOWHERE}`))).toEqual(['BLOB_UNKNOWN'])
  })

  it('a blob of one repository is not there in another', async () => {
    expect((await client.ask('GET', `other/blobs/${blob.digest}`)).status).toBe(404)
  })

  it.each(['v1', 'digest'])('GET of a manifest by %s gives its bytes, type and digest', async (by) => {
    const response = await client.manifest('a/b', by === 'digest' ? manifest.digest : by)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(OCI_MANIFEST)
    expect(response.headers.get('docker-content-digest')).toBe(manifest.digest)
    expect((await bytesOf(response)).equals(manifest.bytes)).toBe(true)
  })

  it.each(['v1', 'digest'])('HEAD of a manifest by %s gives size, type and digest', async (by) => {
    const response = await client.manifest('a/b', by === 'digest' ? manifest.digest : by, 'HEAD')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(OCI_MANIFEST)
    expect(response.headers.get('docker-content-digest')).toBe(manifest.digest)
    expect(response.headers.get('content-length')).toBe(String(manifest.bytes.length))
  })

  it.each(['GET', 'HEAD'] as const)('%s of a manifest that is not there is 404', async (method) => {
    expect((await client.manifest('a/b', 'nosuch', method)).status).toBe(404)
    expect((await client.manifest('a/b', NOWHERE, method)).status).toBe(404)
    expect((await client.manifest('nosuch', 'v1', method)).status).toBe(404)
  })

  it('an unknown manifest has the code MANIFEST_UNKNOWN', async () => {
    expect(await codesOf(await client.manifest('a/b', 'nosuch'))).toEqual(['MANIFEST_UNKNOWN'])
  })

  it('a manifest that the client has already is not sent again', async () => {
    const response = await client.ask('GET', 'a/b/manifests/v1', { headers: { accept: OCI_MANIFEST, 'if-none-match': `"${manifest.digest}"` } })
    expect(response.status).toBe(304)
  })

  it('a method that an endpoint does not have is 405', async () => {
    const response = await client.ask('POST', 'a/b/tags/list')
    expect(response.status).toBe(405)
    await response.body?.cancel()
  })

  it('an endpoint that is none is 404', async () => {
    const response = await client.ask('GET', '/v3/')
    expect(response.status).toBe(404)
    await response.body?.cancel()
  })
})
