import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shippedImages } from '../../build/hello-image.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { run } from '../harness/run.ts'
import { DistributionClient } from './distribution-client.ts'
import { Dockerd } from './dockerd.ts'
import { type RunningRegistry, startRegistry } from './servers.ts'

/**
 * Programs of others push to our registry and pull from it. What they say the digest is must be what the registry gives.
 */
let folder: string
let registry: RunningRegistry
beforeAll(async () => {
  folder = await mkdtemp('/tmp/er-peers-')
  registry = await startRegistry('ours')
  await writeFile(join(folder, 'hello.tar'), await shippedImages(['engineroom/hello:latest']))
  await skopeo('copy', '--dest-tls-verify=false', `docker-archive:${folder}/hello.tar`, `docker://${registry.address}/hello:v1`)
})
afterAll(async () => {
  await registry[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function ok(command: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, args)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${code}\n${stderr}${stdout}`)
  return stdout.trim()
}

function skopeo(...args: string[]): Promise<string> {
  return ok('skopeo', ...args)
}

/** The digest under which a registry has an image. */
async function digestOf(repository: string, tag = 'v1', { url } = registry): Promise<string> {
  const accept = ['vnd.docker.distribution.manifest.v2', 'vnd.oci.image.manifest.v1'].map((type) => `application/${type}+json`).join(', ')
  const response = await new DistributionClient(url).ask('HEAD', `${repository}/manifests/${tag}`, { headers: { accept } })
  expect(response.status).toBe(200)
  return response.headers.get('docker-content-digest') ?? ''
}

describe('skopeo', () => {
  it('copies an image to a folder and back without a change', async () => {
    const digest = await digestOf('hello')
    expect(await skopeo('inspect', '--tls-verify=false', '--format', '{{.Digest}}', `docker://${registry.address}/hello:v1`)).toBe(digest)
    await skopeo('copy', '--preserve-digests', '--src-tls-verify=false', `docker://${registry.address}/hello:v1`, `dir:${folder}/dir`)
    await skopeo('copy', '--preserve-digests', '--dest-tls-verify=false', `dir:${folder}/dir`, `docker://${registry.address}/skopeo/hello:v1`)
    expect(await digestOf('skopeo/hello')).toBe(digest)
  })

  it('copies it from and to docker-registry without a change', async () => {
    await using other = await startRegistry('docker-registry')
    const insecure = ['--preserve-digests', '--src-tls-verify=false', '--dest-tls-verify=false']
    await skopeo('copy', ...insecure, `docker://${registry.address}/hello:v1`, `docker://${other.address}/hello:v1`)
    await skopeo('copy', ...insecure, `docker://${other.address}/hello:v1`, `docker://${registry.address}/back/hello:v1`)
    expect(await digestOf('hello', 'v1', other)).toBe(await digestOf('hello'))
    expect(await digestOf('back/hello')).toBe(await digestOf('hello'))
  })

  it('lists and deletes tags', async () => {
    const insecure = ['--preserve-digests', '--src-tls-verify=false', '--dest-tls-verify=false']
    await skopeo('copy', ...insecure, `docker://${registry.address}/hello:v1`, `docker://${registry.address}/listed:v2`)
    expect(JSON.parse(await skopeo('list-tags', '--tls-verify=false', `docker://${registry.address}/listed`))).toMatchObject({ Tags: ['v2'] })
    await skopeo('delete', '--tls-verify=false', `docker://${registry.address}/listed:v2`)
    expect(JSON.parse(await skopeo('list-tags', '--tls-verify=false', `docker://${registry.address}/listed`))).toMatchObject({ Tags: [] })
  })
})

describe.each(['podman', 'buildah'])('%s', (program) => {
  it('pulls an image, and pushes it under another name with the same digest', async () => {
    const storage = ['--root', join(folder, program), '--runroot', join(folder, `${program}-run`), '--storage-driver', 'vfs']
    const digest = await digestOf('hello')
    await ok(program, ...storage, 'pull', '--tls-verify=false', `${registry.address}/hello:v1`)
    const name = `${registry.address}/${program}/hello:v1`
    await ok(program, ...storage, 'push', '--tls-verify=false', '--digestfile', join(folder, 'digest'), `${registry.address}/hello:v1`, name)
    expect(await readFile(join(folder, 'digest'), 'utf8')).toBe(digest)
    expect(await digestOf(`${program}/hello`)).toBe(digest)
  })
})

/** A daemon, and the docker CLI to talk to it. */
interface Engine extends AsyncDisposable {
  ok(...args: string[]): Promise<string>
}

describe.each<[string, () => Promise<Engine>]>([
  ['our daemon', (): Promise<TestDaemon> => startDaemon({ withBusybox: false })],
  ['dockerd', () => Dockerd.start()],
])('docker, through %s', (title, start) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await start()
  })
  afterAll(() => engine[Symbol.asyncDispose]())

  it('pulls an image, pushes it under another name, and pulls that by its digest', async () => {
    const name = `${registry.address}/${title.replace(' ', '-')}/hello`
    expect(await engine.ok('pull', `${registry.address}/hello:v1`)).toContain(`Digest: ${await digestOf('hello')}`)
    await engine.ok('tag', `${registry.address}/hello:v1`, `${name}:v1`)
    const pushed = await engine.ok('push', `${name}:v1`)
    const digest = await digestOf(`${title.replace(' ', '-')}/hello`)
    expect(pushed).toContain(`v1: digest: ${digest} size: `)
    const id = await engine.ok('image', 'inspect', '-f', '{{.Id}}', `${name}:v1`)
    await engine.ok('rmi', '-f', id)
    await engine.ok('pull', `${name}@${digest}`)
    expect(await engine.ok('image', 'inspect', '-f', '{{.Id}} {{.RepoDigests}}', `${name}@${digest}`)).toBe(`${id} [${name}@${digest}]`)
  })

  it('pushes a second time without sending a layer', async () => {
    await engine.ok('pull', `${registry.address}/hello:v1`)
    await engine.ok('tag', `${registry.address}/hello:v1`, `${registry.address}/hello:again`)
    expect(await engine.ok('push', `${registry.address}/hello:again`)).toContain('Layer already exists')
  })
})

describe('docker-registry', () => {
  it('serves the folder that ours wrote, and ours the one that it wrote', async () => {
    const digest = await digestOf('hello')
    await using first = await startRegistry('ours')
    const copy = (to: RunningRegistry, name: string) => {
      const insecure = ['--preserve-digests', '--src-tls-verify=false', '--dest-tls-verify=false']
      return skopeo('copy', ...insecure, `docker://${registry.address}/hello:v1`, `docker://${to.address}/${name}:v1`)
    }
    await copy(first, 'by/ours')
    await first.stop()
    await using second = await startRegistry('docker-registry', [], first.dataFolder)
    expect(await digestOf('by/ours', 'v1', second)).toBe(digest)
    await copy(second, 'by/theirs')
    await second.stop()
    await first.start()
    expect(await digestOf('by/theirs', 'v1', first)).toBe(digest)
    await skopeo('copy', '--src-tls-verify=false', `docker://${first.address}/by/theirs:v1`, `dir:${folder}/theirs`)
    expect(await (await fetch(`${first.url}/v2/_catalog`)).json()).toEqual({ repositories: ['by/ours', 'by/theirs'] })
  })
})
