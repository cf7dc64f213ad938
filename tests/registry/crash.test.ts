import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../harness/until.ts'
import { bytesOf, type Content, content, DistributionClient, imageManifest, locationOf, OCTETS, someBlob, withDigest } from './distribution-client.ts'
import { type RunningRegistry, startRegistry } from './servers.ts'

/** A registry that is killed, at whatever line it is, has all that it said it has, and nothing that is not whole. */
describe('a registry that was killed', () => {
  let registry: RunningRegistry
  let client: DistributionClient
  beforeAll(async () => {
    registry = await startRegistry('ours')
    client = new DistributionClient(registry.url)
  })
  afterAll(() => registry[Symbol.asyncDispose]())

  const filesBelow = async (folder: string): Promise<string[]> => {
    const entries = await readdir(join(registry.dataFolder, folder), { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  }

  it('goes on with an upload where it was', async () => {
    const blob = someBlob(2_000_000)
    const location = await client.begin('resumed')
    // Half of it, and then nothing: the connection stays open until the registry is gone.
    const half = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(blob.bytes.subarray(0, 1_000_000))) })
    const broken = client.ask('PATCH', location, { headers: OCTETS, body: half }).catch(() => undefined)
    const received = async () => Number((await client.ask('GET', location)).headers.get('range')?.split('-')[1]) + 1
    await until('some bytes to be stored', async () => (await received()) > 1)
    await registry.stop('SIGKILL')
    await broken
    await registry.start()
    const start = await received()
    expect(start).toBeLessThanOrEqual(1_000_000)
    const headers = { ...OCTETS, 'content-range': `${start}-${blob.bytes.length - 1}` }
    const rest = await client.ask('PATCH', location, { headers, body: blob.bytes.subarray(start) })
    expect(rest.status).toBe(202)
    expect((await client.ask('PUT', withDigest(locationOf(rest), blob.digest))).status).toBe(201)
    expect((await bytesOf(await client.ask('GET', `resumed/blobs/${blob.digest}`))).equals(blob.bytes)).toBe(true)
  })

  it('has every image whose push was answered, and only whole blobs', async () => {
    const layers = new Map<string, Content[]>()
    for (const killAfter of [1, 4, 7, 11]) {
      const images = Array.from({ length: 5 }, (_, index) => pushing(`crash/${killAfter}-${index}`))
      let requests = 0
      const { promise: enough, resolve } = Promise.withResolvers<void>()
      async function pushing(name: string): Promise<void> {
        const [config, layer] = [content(JSON.stringify({ name })), someBlob(200_000)]
        for (const blob of [config, layer]) {
          await client.pushBlob(name, blob)
          if (++requests === killAfter) resolve()
        }
        const manifest = imageManifest(config, [layer])
        const { status } = await client.pushManifest(name, 'v1', manifest)
        if (status === 201) layers.set(name, [manifest, config, layer])
      }
      const all = Promise.allSettled(images)
      await Promise.race([enough, all])
      await registry.stop('SIGKILL')
      await all
      await registry.start()
    }
    for (const [name, [manifest, ...blobs]] of layers) {
      expect((await bytesOf(await client.manifest(name, 'v1'))).equals(manifest?.bytes ?? Buffer.alloc(0)), name).toBe(true)
      for (const { digest, bytes } of blobs) expect((await bytesOf(await client.ask('GET', `${name}/blobs/${digest}`))).equals(bytes), name).toBe(true)
    }
    const stored = await filesBelow('docker/registry/v2/blobs/sha256')
    expect(stored.length).toBeGreaterThan(0)
    for (const path of stored) expect(`sha256:${path.split('/').at(-2)}`, path).toBe(content(await readFile(path)).digest)
  })

  it('leaves nothing behind but uploads, which their age removes', async () => {
    await client.ask('PATCH', await client.begin('left'), { headers: OCTETS, body: Buffer.from('half') })
    await registry.stop('SIGKILL')
    await registry.start(['--upload-age', '0s'])
    expect((await filesBelow('docker/registry/v2/repositories')).filter((path) => path.includes('/_uploads/'))).toEqual([])
    expect(await filesBelow('.unfinished')).toEqual([])
  })
})
