import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../harness/run.ts'
import { bytesOf, type Content, content, DistributionClient, imageManifest, locationOf, someBlob, withDigest } from '../registry/distribution-client.ts'
import { CLIENT, prefixOf, type RunningRegistry, startRegistry, testBucket } from '../registry/servers.ts'
import { Objects } from './objects.ts'

const OCTETS = { 'content-type': 'application/octet-stream' }

/** Nothing that safety leans on is in a process: what one does, another sees, and one that is killed leaves nothing half. */
describe('two registries on one bucket', () => {
  let first: RunningRegistry
  let second: RunningRegistry
  let clients: DistributionClient[]
  let objects: Objects
  beforeAll(async () => {
    first = await startRegistry('ours on S3')
    second = await startRegistry('ours on S3', [], first.dataFolder)
    clients = [first, second].map(({ url }) => new DistributionClient(url))
    objects = new Objects(first)
  })
  afterAll(async () => {
    objects[Symbol.dispose]()
    await second[Symbol.asyncDispose]()
    await first[Symbol.asyncDispose]()
  })

  const through = (index: number): DistributionClient => clients[index % 2] as DistributionClient

  async function collectGarbage(): Promise<void> {
    const { endpoint, bucket, env } = testBucket()
    const where = `endpoint=${endpoint},bucket=${bucket},prefix=${prefixOf(first.dataFolder)}`
    const { code, stderr } = await run(process.execPath, ['--', CLIENT, 'registry', 'gc', '--s3', where, '--grace', '0s'], { env })
    if (code !== 0) throw new Error(stderr)
  }

  it('take an upload in turns', async () => {
    const blob = someBlob(20_000_000)
    const path = new URL(await through(0).begin('turns'), first.url).pathname
    const cuts = [0, 1000, 9_500_000, 9_501_000, blob.bytes.length]
    for (const [index, start] of cuts.slice(0, -1).entries()) {
      const end = cuts[index + 1] as number
      const headers = { ...OCTETS, 'content-range': `${start}-${end - 1}` }
      expect((await through(index).ask('PATCH', path, { headers, body: blob.bytes.subarray(start, end) })).status).toBe(202)
      expect((await through(index + 1).ask('GET', path)).headers.get('range')).toBe(`0-${end - 1}`)
    }
    const finished = await through(1).ask('PUT', withDigest(path, blob.digest))
    expect(finished.status).toBe(201)
    expect((await bytesOf(await through(0).ask('GET', locationOf(finished)))).equals(blob.bytes)).toBe(true)
    expect((await through(0).ask('GET', path)).status).toBe(404)
  })

  it('lose nothing and show nothing half when one is killed while both push the same layers', async () => {
    const shared = [someBlob(9_000_000), someBlob(12_000_000), someBlob(100_000)]
    const pushed = new Map<string, Content[]>()
    const push = async (name: string, client: DistributionClient, answered: () => void): Promise<void> => {
      const blobs = [content(JSON.stringify({ name })), someBlob(50_000), ...shared]
      for (const blob of blobs) {
        await client.pushBlob(name, blob)
        answered()
      }
      const [config, ...layers] = blobs
      const manifest = imageManifest(config as Content, layers)
      if ((await client.pushManifest(name, 'v1', manifest)).status === 201) pushed.set(name, [manifest, ...blobs])
    }
    for (const killAfter of [2, 8]) {
      const { promise: enough, resolve } = Promise.withResolvers<void>()
      let answers = 0
      const kept = [0, 1].map((index) => push(`kept/${killAfter}-${index}`, through(0), () => {}))
      const killed = [0, 1, 2].map((index) => push(`killed/${killAfter}-${index}`, through(1), () => ++answers === killAfter && resolve()))
      await Promise.race([enough, Promise.allSettled(killed)])
      await second.stop('SIGKILL')
      await Promise.all(kept)
      await Promise.allSettled(killed)
      await second.start()
    }
    expect([...pushed.keys()].filter((name) => name.startsWith('kept/'))).toHaveLength(4)
    for (const [name, [manifest, ...blobs]] of pushed) {
      expect((await bytesOf(await through(1).manifest(name, 'v1'))).equals(manifest?.bytes ?? Buffer.alloc(0)), name).toBe(true)
      for (const { digest, bytes } of blobs) expect((await bytesOf(await through(1).ask('GET', `${name}/blobs/${digest}`))).equals(bytes), name).toBe(true)
    }
    for (const path of (await objects.paths()).filter((one) => /^blobs\/.*\/data$/.test(one))) {
      expect(`sha256:${path.split('/').at(-2)}`, path).toBe(content(await objects.read(path)).digest)
    }

    await second.stop()
    await second.start(['--upload-age', '0s'])
    await collectGarbage()
    expect(await objects.openUploads()).toEqual([])
    const left = await objects.paths()
    expect(left.filter((path) => path.includes('/_uploads/') || path.startsWith('garbage/'))).toEqual([])
    const wanted = new Set([...pushed.values()].flat().map(({ digest }) => digest.slice('sha256:'.length)))
    expect(new Set(left.filter((path) => path.startsWith('blobs/')).map((path) => path.split('/').at(-2)))).toEqual(wanted)
    for (const [name, [, ...blobs]] of pushed) {
      for (const { digest } of blobs) expect((await through(0).ask('HEAD', `${name}/blobs/${digest}`)).status, name).toBe(200)
    }
  })
})
