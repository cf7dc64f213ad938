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
import { OWN, type RunningRegistry, startRegistry } from './servers.ts'

/** OCI distribution-spec v1.1: what docker-registry 2.8, which is older, does not do. */
describe(`${OWN}, beyond docker-registry 2.8`, () => {
  let registry: RunningRegistry
  let client: DistributionClient
  beforeAll(async () => {
    registry = await startRegistry(OWN)
    client = new DistributionClient(registry.url)
  })
  afterAll(() => registry[Symbol.asyncDispose]())

  describe('push', () => {
    it.each(['PATCH', 'PUT'])('in chunks: a %s that does not follow what is there is 416, and the upload goes on', async (method) => {
      const blob = someBlob(2000)
      const start = await client.ask('PATCH', await client.begin('order'), {
        headers: { ...OCTETS, 'content-range': '0-999' },
        body: blob.bytes.subarray(0, 1000),
      })
      const wrong = withDigest(locationOf(start), blob.digest)
      const refused = await client.ask(method, wrong, { headers: { ...OCTETS, 'content-range': '0-999' }, body: blob.bytes.subarray(0, 1000) })
      expect(refused.status).toBe(416)
      expect(refused.headers.get('range')).toBe('0-999')
      await refused.body?.cancel()
      const shown = await client.ask('GET', locationOf(start))
      const rest = { headers: { ...OCTETS, 'content-range': '1000-1999' }, body: blob.bytes.subarray(1000) }
      expect((await client.ask('PUT', withDigest(locationOf(shown), blob.digest), rest)).status).toBe(201)
      expect((await bytesOf(await client.ask('GET', `order/blobs/${blob.digest}`))).equals(blob.bytes)).toBe(true)
    })

    it('a blob by one POST', async () => {
      const blob = someBlob(100_000)
      const response = await client.ask('POST', `one/blobs/uploads/?digest=${blob.digest}`, { headers: OCTETS, body: blob.bytes })
      expect(response.status).toBe(201)
      expect(locationOf(response)).toBe(`/v2/one/blobs/${blob.digest}`)
      expect((await bytesOf(await client.ask('GET', locationOf(response)))).equals(blob.bytes)).toBe(true)
    })

    it('a blob by one POST with other bytes is refused', async () => {
      const response = await client.ask('POST', `one/blobs/uploads/?digest=${NOWHERE}`, { headers: OCTETS, body: Buffer.from('x') })
      expect([response.status, await codesOf(response)]).toEqual([400, ['DIGEST_INVALID']])
    })

    it('a chunk that is not as long as it says is refused, and leaves nothing', async () => {
      const location = await client.begin('length')
      const headers = { ...OCTETS, 'content-range': '0-9' }
      expect(await codesOf(await client.ask('PATCH', location, { headers, body: Buffer.alloc(5) }))).toEqual(['SIZE_INVALID'])
      const unannounced = new Blob(['12345']).stream()
      expect(await codesOf(await client.ask('PATCH', location, { headers, body: unannounced }))).toEqual(['SIZE_INVALID'])
      expect((await client.ask('GET', location)).headers.get('range')).toBe('0-0')
      const blob = someBlob(100)
      expect((await client.ask('PUT', withDigest(location, blob.digest), { headers: OCTETS, body: blob.bytes })).status).toBe(201)
    })

    it('an upload of one repository is not there in another', async () => {
      const location = (await client.begin('mine')).replace('/mine/', '/yours/')
      expect((await client.ask('GET', location)).status).toBe(404)
    })

    it('a manifest of 4 MiB is taken, a larger one is 413', async () => {
      const config = someBlob()
      await client.pushBlob('large', config)
      const sized = (sizeBytes: number) => {
        const bare = imageManifest(config, [], { annotations: { filler: '' } }).bytes.length
        return imageManifest(config, [], { annotations: { filler: 'x'.repeat(sizeBytes - bare) } })
      }
      const limit = 4 * 1024 * 1024
      expect((await client.pushManifest('large', 'most', sized(limit))).status).toBe(201)
      const response = await client.pushManifest('large', 'more', sized(limit + 1))
      expect([response.status, await codesOf(response)]).toEqual([413, ['MANIFEST_INVALID']])
    })

    it('a manifest whose blobs are not there is 404, and the answer names each of them', async () => {
      const [config, layer] = [someBlob(), someBlob()]
      const response = await client.pushManifest('missing', 'v1', imageManifest(config, [layer]))
      expect(response.status).toBe(404)
      const detail = [{ digest: config.digest }, { digest: layer.digest }]
      expect(await response.json()).toMatchObject({ errors: [{ code: 'MANIFEST_BLOB_UNKNOWN', detail }] })
    })

    it('a layer that lies elsewhere by its urls need not be there', async () => {
      const config = someBlob()
      await client.pushBlob('foreign', config)
      const layer = { ...described('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', someBlob()), urls: ['https://example.com/layer'] }
      expect((await client.pushManifest('foreign', 'v1', imageManifest(config, [], { layers: [layer] }))).status).toBe(201)
    })

    it.each([
      ['no schemaVersion 2', { schemaVersion: 1 }],
      ['the fields of an index, too', { manifests: [] }],
      ['a digest that is none', { subject: { mediaType: OCI_MANIFEST, digest: 'sha256:12', size: 1 } }],
      ['layers that are no list', { layers: 'many' }],
    ])('a manifest with %s is refused', async (_, more) => {
      const config = someBlob()
      await client.pushBlob('odd', config)
      expect(await codesOf(await client.pushManifest('odd', 'v1', imageManifest(config, [], more)))).toEqual(['MANIFEST_INVALID'])
    })

    it('a type that nobody knows is refused', async () => {
      const config = someBlob()
      await client.pushBlob('odd', config)
      const manifest = imageManifest(config, [], { mediaType: 'application/vnd.acme+json' })
      expect(await codesOf(await client.pushManifest('odd', 'v1', manifest, 'application/vnd.acme+json'))).toEqual(['MANIFEST_INVALID'])
    })

    it.each(['UPPER', 'a//b', '-a', 'a/../b'])('a repository cannot be called %s', async (name) => {
      const response = await client.ask('POST', `http://${registry.address}/v2/${encodeURIComponent(name)}/blobs/uploads/`)
      expect([response.status, await codesOf(response)]).toEqual([400, ['NAME_INVALID']])
    })
  })

  describe('referrers', () => {
    interface Index {
      readonly manifests: { readonly digest: string; readonly artifactType?: string; readonly annotations?: Record<string, string> }[]
    }
    const referrersOf = async (digest: string, query = '') => {
      const response = await client.ask('GET', `signed/referrers/${digest}${query}`)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe(OCI_INDEX)
      return { index: (await response.json()) as Index, filters: response.headers.get('oci-filters-applied') }
    }
    const pushReferrer = async (subject: ReturnType<typeof someBlob>, more: Record<string, unknown>) => {
      const config = content('{}')
      await client.pushBlob('signed', config)
      const manifest = imageManifest(config, [], { subject: described(OCI_MANIFEST, subject), ...more })
      const response = await client.pushManifest('signed', manifest.digest, manifest)
      expect(response.status).toBe(201)
      expect(response.headers.get('oci-subject')).toBe(subject.digest)
      return manifest.digest
    }

    it('of what has none, or is not there, are an empty index', async () => {
      expect((await referrersOf(NOWHERE)).index).toEqual({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] })
    })

    it('are those that name it as their subject, whether it is there or not, and can be asked for by type', async () => {
      const subject = imageManifest(someBlob(), [])
      const signature = await pushReferrer(subject, { artifactType: 'application/vnd.acme.signature', annotations: { by: 'me' } })
      const image = await pushReferrer(subject, {})
      const { index, filters } = await referrersOf(subject.digest)
      expect(filters).toBeNull()
      expect(new Map(index.manifests.map((one) => [one.digest, one]))).toEqual(
        new Map([
          [signature, expect.objectContaining({ mediaType: OCI_MANIFEST, artifactType: 'application/vnd.acme.signature', annotations: { by: 'me' } })],
          [image, expect.objectContaining({ mediaType: OCI_MANIFEST, artifactType: 'application/vnd.oci.image.config.v1+json' })],
        ]),
      )
      const filtered = await referrersOf(subject.digest, '?artifactType=application/vnd.acme.signature')
      expect(filtered.index.manifests.map(({ digest }) => digest)).toEqual([signature])
      expect(filtered.filters).toBe('artifactType')
    })

    it('no longer have one that was deleted', async () => {
      const subject = imageManifest(someBlob(), [])
      const digest = await pushReferrer(subject, {})
      expect((await client.ask('DELETE', `signed/manifests/${digest}`)).status).toBe(202)
      expect((await referrersOf(subject.digest)).index.manifests).toEqual([])
    })

    it('of a digest that is none are refused', async () => {
      const response = await client.ask('GET', 'signed/referrers/sha256:12')
      expect([response.status, await codesOf(response)]).toEqual([400, ['DIGEST_INVALID']])
    })
  })

  describe('tags', () => {
    const pages = async (query: string): Promise<string[][]> => {
      const found: string[][] = []
      for (let next: string | undefined = `/v2/many/tags/list${query}`; next !== undefined; ) {
        const response = await client.ask('GET', next)
        expect(response.status).toBe(200)
        found.push(((await response.json()) as { tags: string[] }).tags)
        next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1]
      }
      return found
    }
    beforeAll(async () => {
      const manifest = await client.pushImage('many', 'a')
      for (const tag of ['C', 'b', 'B', 'd']) await client.pushManifest('many', tag, manifest)
    })

    it('come in lexical order, whatever their case', async () => expect(await pages('')).toEqual([['a', 'B', 'b', 'C', 'd']]))
    it('come in pages', async () => expect(await pages('?n=2')).toEqual([['a', 'B'], ['b', 'C'], ['d']]))
    it('of a page that is just full have no next one', async () => expect(await pages('?n=5')).toEqual([['a', 'B', 'b', 'C', 'd']]))
    it('go on after the last one that the client has, also when it is gone', async () => expect(await pages('?last=bb')).toEqual([['C', 'd']]))
    it('with n=0 are none', async () => expect(await pages('?n=0')).toEqual([[]]))
    it('with an n that is no number are refused', async () => {
      expect(await codesOf(await client.ask('GET', 'many/tags/list?n=-1'))).toEqual(['PAGINATION_NUMBER_INVALID'])
    })
    it('are removed alone: the manifest and its other tags stay', async () => {
      const manifest = await client.pushImage('two', 'one')
      await client.pushManifest('two', 'other', manifest)
      expect((await client.ask('DELETE', 'two/manifests/one')).status).toBe(202)
      expect((await client.manifest('two', 'one')).status).toBe(404)
      expect((await client.manifest('two', 'other')).status).toBe(200)
      expect((await client.manifest('two', manifest.digest)).status).toBe(200)
    })
  })

  describe('--read-only', () => {
    it('still gives, and takes nothing', async () => {
      const manifest = await client.pushImage('kept', 'v1')
      await registry.stop()
      await registry.start(['--read-only'])
      expect((await client.manifest('kept', 'v1')).status).toBe(200)
      const refused = [
        await client.ask('POST', 'kept/blobs/uploads/'),
        await client.pushManifest('kept', 'v2', manifest),
        await client.ask('DELETE', `kept/manifests/${manifest.digest}`),
        await client.ask('DELETE', `kept/blobs/${NOWHERE}`),
      ]
      for (const response of refused) expect([response.status, await codesOf(response)]).toEqual([405, ['UNSUPPORTED']])
    })
  })
})
