import { readdir, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { shippedImages } from '../../build/hello-image.ts'
import { engineroom } from '../cli/ours.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { run } from '../harness/run.ts'
import { freePort } from '../harness/tcp.ts'
import { DistributionClient } from './distribution-client.ts'

/** The registry that the engine runs itself: `engineroom registry local`. The tests follow each other. */
let daemon: TestDaemon
let port: number
beforeAll(async () => {
  daemon = await startDaemon({ withBusybox: false, flags: ['--insecure-registry', '10.213.0.0/16'] })
  port = await freePort()
})
afterAll(() => daemon?.[Symbol.asyncDispose]())

const local = (...args: string[]) => engineroom(daemon, ['registry', 'local', ...args])
const named = (repository: string) => `localhost:${port}/${repository}`
const registry = () => new DistributionClient(`http://127.0.0.1:${port}`)

it('is off until somebody wants it', async () => {
  expect(await local('status')).toEqual({ code: 0, stdout: 'off\n', stderr: '' })
  expect(await readdir(daemon.dataRoot)).not.toContain('registry')
})

it('refuses an address that is taken, or none, and stays off', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
  const taken = await local('on', '--addr', `127.0.0.1:${port}`)
  expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining(`the registry cannot listen on 127.0.0.1:${port}: address already in use`) })
  await new Promise((resolve) => other.close(resolve))
  const strange = await daemon.api('PUT', '/engineroom/v1/registry', { isOn: true, address: '5000' })
  expect([strange.status, strange.body]).toEqual([400, expect.stringContaining('invalid address 5000')])
  expect((await local('status')).stdout).toBe('off\n')
})

/** Of one blob: the number of its file in the content store and in the registry, and how many names the file has. */
async function filesOf(digest: string): Promise<{ readonly store: bigint; readonly registry: bigint; readonly names: bigint }> {
  const hex = digest.replace('sha256:', '')
  const path = (...parts: string[]) => stat(join(daemon.dataRoot, ...parts), { bigint: true })
  const [store, shared] = await Promise.all([path('images/blobs/sha256', hex), path('registry/docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data')])
  return { store: store.ino, registry: shared.ino, names: shared.nlink }
}

async function layersOf(repository: string, at = registry()): Promise<string[]> {
  const accept = 'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json'
  const response = await at.ask('GET', `${repository}/manifests/latest`, { headers: { accept } })
  const { layers } = (await response.json()) as { layers: { digest: string }[] }
  return layers.map(({ digest }) => digest)
}

it('takes what others push, and gives it to the engine without a copy', async () => {
  expect((await local('on', '--addr', `127.0.0.1:${port}`)).stdout).toBe(`on, at localhost:${port}\n`)
  await writeFile(join(daemon.root, 'busybox.tar'), await shippedImages(['busybox:latest']))
  const pushed = await run('skopeo', ['copy', '--dest-tls-verify=false', `docker-archive:${daemon.root}/busybox.tar`, `docker://${named('others')}`])
  expect(pushed).toMatchObject({ code: 0 })
  await daemon.ok('pull', named('others'))
  for (const digest of await layersOf('others')) {
    const { store, registry: shared, names } = await filesOf(digest)
    expect([shared, names]).toEqual([store, 2n])
  }
  expect(await daemon.ok('run', '--rm', named('others'), 'echo', 'runs')).toBe('runs')
})

it('takes what the engine pushes without a copy', async () => {
  await daemon.ok('tag', named('others'), named('team/ours'))
  expect(await daemon.ok('push', named('team/ours'))).toMatch(/: Pushed\n(.*\n)*latest: digest: sha256:[0-9a-f]{64} size: \d+/)
  for (const digest of await layersOf('team/ours')) {
    const { store, registry: shared, names } = await filesOf(digest)
    expect([shared, names]).toEqual([store, 2n])
  }
  expect(await daemon.ok('push', named('team/ours'))).toContain(': Layer already exists')
})

it('does not promise back the bytes that the registry has, too', async () => {
  const { kinds } = JSON.parse((await daemon.api('GET', '/engineroom/v1/data')).body) as { kinds: { kind: string; bytes: number; reclaimableBytes: number }[] }
  const folder = join(daemon.dataRoot, 'images/blobs/sha256')
  const files = await Promise.all((await readdir(folder)).map((name) => stat(join(folder, name))))
  // The configuration, which a pull reads before it stores it.
  const own = files.filter(({ nlink }) => nlink === 1)
  expect(own).toHaveLength(1)
  expect(kinds.find(({ kind }) => kind === 'blobs')?.reclaimableBytes).toBe(own[0]?.size)
})

it('neither side removes what the other has', async () => {
  const layers = await layersOf('team/ours')
  await daemon.ok('rmi', named('others'), named('team/ours'))
  expect(await readdir(join(daemon.dataRoot, 'images/blobs/sha256'))).toEqual([])
  await daemon.ok('pull', named('team/ours'))
  expect(await daemon.ok('run', '--rm', named('team/ours'), 'echo', 'runs')).toBe('runs')

  for (const repository of ['others', 'team/ours']) {
    const { headers } = await registry().ask('HEAD', `${repository}/manifests/latest`)
    expect((await registry().ask('DELETE', `${repository}/manifests/${headers.get('docker-content-digest')}`)).status).toBe(202)
  }
  const collected = await engineroom(daemon, ['registry', 'gc', '--grace', '0s', '--root', join(daemon.dataRoot, 'registry')])
  for (const digest of layers) expect(collected.stdout).toContain(digest)
  expect(await daemon.ok('run', '--rm', named('team/ours'), 'echo', 'still')).toBe('still')
  await daemon.ok('push', named('team/ours'))
})

it('is there again after the engine was killed', async () => {
  await daemon.stop('SIGKILL')
  await daemon.start()
  expect((await local('status')).stdout).toBe(`on, at localhost:${port}\n`)
  await daemon.ok('rmi', named('team/ours'))
  await daemon.ok('pull', named('team/ours'))
})

it('does not keep the engine from starting when its port was taken meanwhile', async () => {
  await daemon.stop()
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
  await daemon.start()
  expect((await local('status')).stdout).toBe(`on, but not running: the registry cannot listen on 127.0.0.1:${port}: address already in use\n`)
  await new Promise((resolve) => other.close(resolve))
  expect((await local('on')).stdout).toBe(`on, at localhost:${port}\n`)
})

it('shares what was made here also where other machines reach it, and moves between hosts of one port', async () => {
  const host = `${daemon.subnet}.1`
  expect((await local('on', '--addr', `${host}:${port}`)).stdout).toBe(`on, at ${host}:${port}\n`)
  await daemon.ok('run', '--name', 'made', named('team/ours'), 'sh', '-c', 'echo here > /made')
  await daemon.ok('commit', 'made', `${host}:${port}/made`)
  await daemon.ok('rm', 'made')
  await daemon.ok('push', `${host}:${port}/made`)
  const layers = await layersOf('made', new DistributionClient(`http://${host}:${port}`))
  expect(layers).toHaveLength(2)
  for (const digest of layers) expect(await filesOf(digest)).toMatchObject({ names: 2n })
  expect((await local('on', '--addr', `127.0.0.1:${port}`)).stdout).toBe(`on, at localhost:${port}\n`)
  expect(await layersOf('made')).toEqual(layers)
})

it('moves to another address, with all that it has', async () => {
  const before = port
  port = await freePort()
  expect((await local('on', '--addr', `127.0.0.1:${port}`)).stdout).toBe(`on, at localhost:${port}\n`)
  expect(await layersOf('team/ours')).not.toEqual([])
  await expect(fetch(`http://127.0.0.1:${before}/v2/`)).rejects.toThrow()
})

it('ends, and keeps its images', async () => {
  expect((await local('off')).stdout).toBe('off\n')
  await expect(fetch(`http://127.0.0.1:${port}/v2/`)).rejects.toThrow()
  await daemon.stop()
  await daemon.start()
  expect((await local('status')).stdout).toBe('off\n')
  await local('on', '--addr', `127.0.0.1:${port}`)
  expect(await layersOf('team/ours')).not.toEqual([])
})
