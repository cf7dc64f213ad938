import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../harness/run.ts'
import {
  bytesOf,
  type Content,
  codesOf,
  content,
  DistributionClient,
  described,
  imageManifest,
  NOWHERE,
  OCI_INDEX,
  OCI_MANIFEST,
  someBlob,
} from './distribution-client.ts'
import { type RunningRegistry, startRegistry } from './servers.ts'

/** A registry that keeps what is pulled through it; the one behind it is docker's. */
describe('--proxy', () => {
  let upstream: RunningRegistry
  let proxy: RunningRegistry
  let there: DistributionClient
  let here: DistributionClient
  beforeAll(async () => {
    upstream = await startRegistry('docker-registry')
    proxy = await startRegistry('ours', ['--proxy', upstream.url])
    there = new DistributionClient(upstream.url)
    here = new DistributionClient(proxy.url)
  })
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
    await upstream[Symbol.asyncDispose]()
  })

  async function pushed(repository: string, tag: string): Promise<{ manifest: Content; layer: Content }> {
    const [config, layer] = [content(JSON.stringify({ repository })), someBlob(100_000)]
    for (const blob of [config, layer]) await there.pushBlob(repository, blob)
    const manifest = imageManifest(config, [layer])
    await there.pushManifest(repository, tag, manifest)
    return { manifest, layer }
  }

  it('gives what the other registry has, and still has it when that is away', async () => {
    const { manifest, layer } = await pushed('kept', 'v1')
    const pulled = async () => {
      expect((await bytesOf(await here.manifest('kept', 'v1'))).equals(manifest.bytes)).toBe(true)
      expect((await bytesOf(await here.ask('GET', `kept/blobs/${layer.digest}`))).equals(layer.bytes)).toBe(true)
    }
    await pulled()
    await upstream.stop()
    await pulled()
    const missing = await here.manifest('kept', 'other')
    expect([missing.status, await codesOf(missing)]).toEqual([502, ['UNKNOWN']])
    await upstream.start()
  })

  it('follows a tag that moves there', async () => {
    await pushed('moving', 'v1')
    await (await here.manifest('moving', 'v1')).arrayBuffer()
    const { manifest } = await pushed('moving', 'v1')
    expect((await here.manifest('moving', 'v1', 'HEAD')).headers.get('docker-content-digest')).toBe(manifest.digest)
  })

  it('fetches a blob once for all who ask at the same time, in whichever part', async () => {
    const { layer } = await pushed('shared', 'v1')
    const answers = await Promise.all(
      ['bytes=0-9', 'bytes=10-19', 'bytes=20-29'].map((range) => here.ask('GET', `shared/blobs/${layer.digest}`, { headers: { range } })),
    )
    const parts = await Promise.all(answers.map(bytesOf))
    expect(Buffer.concat(parts).equals(layer.bytes.subarray(0, 30))).toBe(true)
  })

  it('brings an index without all that it names', async () => {
    const image = (await pushed('index', 'amd64')).manifest
    const index = content(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [described(OCI_MANIFEST, image)] }))
    await there.pushManifest('index', 'all', index, OCI_INDEX)
    expect((await bytesOf(await here.manifest('index', 'all'))).equals(index.bytes)).toBe(true)
    expect((await here.manifest('index', image.digest)).status).toBe(200)
  })

  it('has not what the other has not', async () => {
    expect(await codesOf(await here.manifest('nosuch', 'v1'))).toEqual(['MANIFEST_UNKNOWN'])
    expect(await codesOf(await here.ask('GET', `nosuch/blobs/${NOWHERE}`))).toEqual(['BLOB_UNKNOWN'])
  })

  it('takes no pushes', async () => {
    expect((await here.ask('POST', 'x/blobs/uploads/')).status).toBe(405)
  })

  it('skopeo pulls a whole image through it', async () => {
    const { manifest } = await pushed('whole', 'v1')
    const outcome = await run('skopeo', ['inspect', '--tls-verify=false', '--format', '{{.Digest}}', `docker://${proxy.address}/whole:v1`])
    expect(outcome.stdout.trim(), outcome.stderr).toBe(manifest.digest)
  })
})
