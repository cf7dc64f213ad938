import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../harness/run.ts'
import { until } from '../harness/until.ts'
import { bytesOf, type Content, content, DistributionClient, imageManifest, someBlob } from './distribution-client.ts'
import { CLIENT, type RunningRegistry, startRegistry } from './servers.ts'

let registry: RunningRegistry
let client: DistributionClient
beforeAll(async () => {
  registry = await startRegistry('ours')
  client = new DistributionClient(registry.url)
})
afterAll(() => registry[Symbol.asyncDispose]())

async function collect(...flags: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await run(process.execPath, ['--', CLIENT, 'registry', 'gc', '--root', registry.dataFolder, ...flags])
  if (code !== 0) throw new Error(stderr)
  return stdout.trim().split('\n')
}

describe('--gc-interval', () => {
  it('does it time after time', async () => {
    await using often = await startRegistry('ours', ['--gc-interval', '100ms', '--gc-grace', '0s'])
    const other = new DistributionClient(often.url)
    for (const blob of [someBlob(), someBlob()]) {
      await other.pushBlob('lost', blob)
      await until('the blob to go', async () => (await other.ask('HEAD', `lost/blobs/${blob.digest}`)).status === 404)
    }
  })
})

describe('registry gc, while the registry serves', () => {
  it('removes what a deleted image alone needed, and says how much that is', async () => {
    const shared = someBlob()
    const own = someBlob(5000)
    const images = [imageManifest(shared, [own]), imageManifest(shared, [])]
    for (const blob of [shared, own]) await client.pushBlob('web', blob)
    for (const image of images) await client.pushManifest('web', image.digest, image)
    expect(await collect('--grace', '0s')).toEqual(['Total reclaimed space: 0B of 0 blobs'])
    const gone = images[0] as Content
    await client.ask('DELETE', `web/manifests/${gone.digest}`)
    const total = new RegExp(`^Could reclaim ${(5000 + gone.bytes.length) / 1000}kB of 2 blobs$`)
    expect((await collect('--dry-run', '--quiet', '--grace', '0s')).at(-1)).toMatch(total)
    expect(new Set((await collect('--grace', '0s')).slice(0, 2))).toEqual(new Set([own.digest, gone.digest]))
    expect((await client.ask('HEAD', `web/blobs/${own.digest}`)).status).toBe(404)
    expect((await client.ask('HEAD', `web/blobs/${shared.digest}`)).status).toBe(200)
    expect((await client.pushBlob('web', own)).status).toBe(201)
  })

  it('of pushes under way, each is whole or refused', async () => {
    const pushes = Array.from({ length: 20 }, async (_, index) => {
      const name = `pushed/${index}`
      const [config, layer] = [content(JSON.stringify({ name })), someBlob(20_000)]
      for (const blob of [config, layer]) await client.pushBlob(name, blob)
      const manifest = imageManifest(config, [layer])
      const { status } = await client.pushManifest(name, 'v1', manifest)
      return { name, status, blobs: [config, layer] }
    })
    const collections = [collect('--grace', '0s'), collect('--grace', '0s')]
    const pushed = await Promise.all(pushes)
    await Promise.all(collections)
    await collect('--grace', '0s')
    for (const { name, status, blobs } of pushed) {
      expect([201, 404]).toContain(status)
      expect((await client.manifest(name, 'v1')).status, name).toBe(status === 201 ? 200 : 404)
      if (status !== 201) continue
      for (const { digest, bytes } of blobs) expect((await bytesOf(await client.ask('GET', `${name}/blobs/${digest}`))).equals(bytes), name).toBe(true)
    }
  })
})
