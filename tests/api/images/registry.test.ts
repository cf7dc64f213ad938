import { spawn } from 'node:child_process'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'
import { dockerArchive, sha256, tar } from './archives.ts'
import { moodyRegistry, Registry, servedImage } from './registry-server.ts'

let daemon: TestDaemon
let registry: Registry
beforeAll(async () => {
  registry = await Registry.start({ address: '0.0.0.0' })
  daemon = await startDaemon({ flags: ['--config-file', await emptyConfig()] })
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
  await rm(config)
})

const config = `/tmp/er-registry-test-${process.pid}.json`
async function emptyConfig(): Promise<string> {
  await writeFile(config, '{}')
  return config
}

const refused = async (...args: string[]) => {
  const { code, stderr, stdout } = await daemon.docker(args)
  expect([args, code]).toEqual([args, 1])
  return stderr + stdout
}

/** Loads an image of two small layers and pushes it. @returns its digest in the registry */
async function pushed(name: string): Promise<string> {
  const layers = [await tar([[`lower-${name}`, '']]), await tar([[`upper-${name}`, 'x'.repeat(2000)]])]
  await daemon.docker(['load'], { input: await dockerArchive({ layers }, [name]) })
  const { code, stdout, stderr } = await daemon.docker(['push', name])
  expect([code, stderr]).toEqual([0, ''])
  return /digest: (sha256:[0-9a-f]{64}) size: \d+/.exec(stdout)?.[1] ?? ''
}

/** All files of images on disk. */
async function stored(): Promise<string[]> {
  const root = join(daemon.dataRoot, 'images')
  return (
    await Promise.all(['', 'blobs/sha256', 'incoming', 'layers'].map(async (folder) => (await readdir(join(root, folder))).map((name) => join(folder, name))))
  )
    .flat()
    .sort()
}

describe('push', () => {
  test('says what docker says; a second time there is nothing to do', async () => {
    const name = registry.name('push/a:1')
    await daemon.ok('tag', 'busybox', name)
    const [first, ...rest] = (await daemon.ok('push', name)).split('\n')
    expect(first).toBe(`The push refers to repository [${registry.name('push/a')}]`)
    const [layer] = JSON.parse(await daemon.ok('inspect', '-f', '{{json .RootFS.Layers}}', name)) as string[]
    expect(rest).toContain(`${layer?.slice(7, 19)}: Preparing`)
    expect(rest).toContain(`${layer?.slice(7, 19)}: Pushed`)
    const digest = /^1: digest: (sha256:[0-9a-f]{64}) size: \d+$/.exec(rest.at(-1) ?? '')?.[1]
    expect(await daemon.ok('inspect', '-f', '{{.RepoDigests}}', name)).toBe(`[${registry.name('push/a')}@${digest}]`)
    expect(await daemon.ok('push', name)).toContain(`${layer?.slice(7, 19)}: Layer already exists`)
    expect(await daemon.ok('push', '-q', name)).toBe(name)
  })

  test('-a pushes all tags of the repository', async () => {
    for (const tag of ['1', '2']) await daemon.ok('tag', 'busybox', registry.name(`push/all:${tag}`))
    const output = await daemon.ok('push', '-a', registry.name('push/all'))
    expect(output.match(/^\d: digest:/gm)).toEqual(['1: digest:', '2: digest:'])
    const { tags } = (await (await fetch(`http://127.0.0.1:${registry.port}/v2/push/all/tags/list`)).json()) as { tags: string[] }
    expect(tags.sort()).toEqual(['1', '2'])
  })

  test('a layer that another repository of the registry has is taken over from there', async () => {
    const digest = await pushed(registry.name('push/first:1'))
    await daemon.ok('tag', registry.name('push/first:1'), registry.name('push/second:1'))
    const output = await daemon.ok('push', registry.name('push/second:1'))
    expect(output.match(/: Mounted from push\/first$/gm)).toHaveLength(2)
    expect(output).not.toContain('Pushed')
    expect(output).toContain(`1: digest: ${digest} size:`)
  })

  test('what is not there', async () => {
    expect(await refused('push', registry.name('no/such:1'))).toContain(`An image does not exist locally with the tag: ${registry.name('no/such')}`)
    await daemon.ok('tag', 'busybox', registry.name('push/b:1'))
    expect(await refused('push', registry.name('push/b:2'))).toContain(`tag does not exist: ${registry.name('push/b:2')}`)
    await daemon.ok('tag', 'busybox', '127.0.0.1:1/x:1')
    expect(await refused('push', '127.0.0.1:1/x:1')).toContain('Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused')
  })
})

describe('pull', () => {
  test('by tag: the lines, the image, the digest; then it is up to date', async () => {
    const name = registry.name('pull/a:1')
    const digest = await pushed(name)
    const id = await daemon.ok('inspect', '-f', '{{.Id}}', name)
    await daemon.ok('rmi', name)
    const manifest = (await (
      await fetch(`http://127.0.0.1:${registry.port}/v2/pull/a/manifests/1`, { headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json' } })
    ).json()) as { layers: { digest: string }[] }
    const lines = (await daemon.ok('pull', name)).split('\n')
    expect(lines[0]).toBe('1: Pulling from pull/a')
    for (const layer of manifest.layers) {
      const short = layer.digest.slice(7, 19)
      expect(lines.filter((line) => line.startsWith(short)).at(0)).toBe(`${short}: Pulling fs layer`)
      expect(lines.filter((line) => line.startsWith(short)).at(-1)).toBe(`${short}: Pull complete`)
    }
    expect(lines.slice(-3)).toEqual([`Digest: ${digest}`, `Status: Downloaded newer image for ${name}`, name])
    expect(await daemon.ok('inspect', '-f', '{{.Id}} {{.RepoDigests}}', name)).toBe(`${id} [${registry.name('pull/a')}@${digest}]`)
    const again = (await daemon.ok('pull', name)).split('\n')
    expect(again).toEqual(['1: Pulling from pull/a', `Digest: ${digest}`, `Status: Image is up to date for ${name}`, name])
    expect(await daemon.ok('pull', '-q', name)).toBe(name)
  })

  test('by digest, and a digest that the registry has not', async () => {
    const name = registry.name('pull/digest:1')
    const digest = await pushed(name)
    await daemon.ok('rmi', name)
    const byDigest = `${registry.name('pull/digest')}@${digest}`
    expect(await daemon.ok('pull', byDigest)).toContain(`Status: Downloaded newer image for ${byDigest}`)
    expect(await daemon.ok('images', '--digests', '--format', '{{.Tag}} {{.Digest}}', registry.name('pull/digest'))).toBe(`<none> ${digest}`)
    expect(await daemon.ok('inspect', '-f', '{{.RepoTags}} {{.RepoDigests}}', byDigest)).toBe(`[] [${byDigest}]`)
    expect(await daemon.ok('rmi', byDigest)).toContain(`Untagged: ${byDigest}`)
    expect(await refused('pull', `${registry.name('pull/digest')}@sha256:${'1'.repeat(64)}`)).toContain('not found: manifest unknown')
  })

  test('-a brings all tags; a tag that moved is a newer image', async () => {
    await pushed(registry.name('pull/all:1'))
    await pushed(registry.name('pull/all:2'))
    await daemon.ok('rmi', registry.name('pull/all:1'), registry.name('pull/all:2'))
    await daemon.ok('pull', '-a', registry.name('pull/all'))
    expect((await daemon.ok('images', '--format', '{{.Tag}}', registry.name('pull/all'))).split('\n').sort()).toEqual(['1', '2'])
    await daemon.ok('tag', registry.name('pull/all:2'), registry.name('pull/all:1'))
    expect(await daemon.ok('pull', registry.name('pull/all:1'))).toContain('Status: Downloaded newer image for')
  })

  test('run pulls what is missing', async () => {
    const name = registry.name('pull/run:1')
    await daemon.ok('tag', 'busybox', name)
    await daemon.ok('push', name)
    await daemon.ok('rmi', name)
    const { code, stdout, stderr } = await daemon.docker(['run', '--rm', name, 'echo', 'pulled'])
    expect([code, stdout]).toEqual([0, 'pulled\n'])
    expect(stderr).toContain(`Unable to find image '${name}' locally`)
  })

  test('a layer that is there already is not fetched again', async () => {
    const [shared, own, other] = [await tar([['shared-layer', '']]), await tar([['own-layer', '']]), await tar([['other-layer', '']])]
    await using first = await moodyRegistry(servedImage([shared, own]), () => 'all')
    await using second = await moodyRegistry(servedImage([shared, other]), (digest) => (digest === `sha256:${sha256(shared)}` ? 'half, then silence' : 'all'))
    await daemon.ok('pull', `${first.host}/x:1`)
    const output = await daemon.ok('pull', `${second.host}/x:1`)
    expect(output).toContain(`${sha256(shared).slice(0, 12)}: Already exists`)
    expect(output).toContain(`${sha256(other).slice(0, 12)}: Pull complete`)
  })

  test('what is not there, or cannot be had', async () => {
    await pushed(registry.name('pull/some:1'))
    expect(await refused('pull', registry.name('pull/some:2'))).toContain(
      `manifest for ${registry.name('pull/some:2')} not found: manifest unknown: manifest unknown`,
    )
    expect(await refused('pull', registry.name('pull/nothing'))).toMatch(/manifest for .*pull\/nothing:latest not found|repository .* not found: name unknown/)
    expect(await refused('pull', '127.0.0.1:1/x')).toContain('Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused')
    expect(await refused('pull', 'no-such-host.invalid/x')).toMatch(/Get "https:\/\/no-such-host\.invalid\/v2\/": dial tcp: lookup no-such-host\.invalid/)
    expect(await refused('pull', 'scratch')).toContain("'scratch' is a reserved name")
    expect(await refused('pull', 'Upper')).toContain('must be lowercase')
    const { code, stderr } = await daemon.docker(['run', '--rm', registry.name('pull/nothing:1'), 'true'])
    expect(code).toBe(125)
    expect(stderr).toContain('not found')
  })

  test('layers that are compressed, and an image for another machine', async () => {
    const layer = await tar([['zipped', 'yes']])
    const archive = { ...servedImage([layer]) }
    const zipped = gzipSync(layer)
    const manifest = JSON.parse(archive.manifest.toString())
    manifest.layers = [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: `sha256:${sha256(zipped)}`, size: zipped.length }]
    await using moody = await moodyRegistry(
      { manifest: Buffer.from(JSON.stringify(manifest)), blobs: new Map([...archive.blobs, [`sha256:${sha256(zipped)}`, zipped]]) },
      () => 'all',
    )
    await daemon.ok('pull', `${moody.host}/zipped:1`)
    expect(await daemon.ok('inspect', '-f', '{{.RootFS.Layers}} {{.Size}}', `${moody.host}/zipped:1`)).toBe(`[sha256:${sha256(layer)}] 3`)
    const file = join(daemon.root, 'zipped.tar')
    await daemon.ok('save', '-o', file, `${moody.host}/zipped:1`)
    await daemon.ok('rmi', `${moody.host}/zipped:1`)
    expect(await daemon.ok('load', '-i', file)).toContain('Loaded image')
    const other = process.arch === 'arm64' ? 'amd64' : 'arm64'
    expect(await daemon.ok('pull', '--platform', `linux/${other}`, `${moody.host}/zipped:1`)).toContain(
      `does not match the specified platform (linux/${other})`,
    )
  })

  test('of an index, the manifest for this machine', async () => {
    const digest = await pushed(registry.name('pull/index:base'))
    const base = `http://127.0.0.1:${registry.port}/v2/pull/index/manifests`
    const { architecture, os } = JSON.parse(
      await daemon.ok('inspect', '-f', '{"architecture":"{{.Architecture}}","os":"{{.Os}}"}', registry.name('pull/index:base')),
    )
    const text = await (await fetch(`${base}/${digest}`, { headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json' } })).text()
    const index = {
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.list.v2+json',
      manifests: [{ mediaType: 'application/vnd.docker.distribution.manifest.v2+json', digest, size: text.length, platform: { architecture, os } }],
    }
    expect((await fetch(`${base}/list`, { method: 'PUT', headers: { 'content-type': index.mediaType }, body: JSON.stringify(index) })).status).toBe(201)
    await daemon.ok('pull', registry.name('pull/index:list'))
    expect(await daemon.ok('inspect', '-f', '{{.Id}}', registry.name('pull/index:list'))).toBe(
      await daemon.ok('inspect', '-f', '{{.Id}}', registry.name('pull/index:base')),
    )
    expect(await refused('pull', '--platform', 'linux/s390x', registry.name('pull/index:list'))).toContain(
      'no matching manifest for linux/s390x in the manifest list entries',
    )
    const distribution = (await daemon.api('GET', `/distribution/${registry.name('pull/index:list')}/json`)).json()
    expect(distribution).toMatchObject({ Descriptor: { mediaType: index.mediaType }, Platforms: [{ architecture, os }] })
  })
})

describe('trust', () => {
  const address = () =>
    Object.values(networkInterfaces())
      .flatMap((one) => one ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? ''
  const reload = async (text: object) => {
    const before = (await daemon.log()).split('configuration reloaded').length
    await writeFile(config, JSON.stringify(text))
    process.kill(daemon.pid, 'SIGHUP')
    await until('the reload', async () => (await daemon.log()).split('configuration reloaded').length > before)
  }

  test('plain HTTP only on the loopback, or where it was allowed', async () => {
    const name = `${address()}:${registry.port}/trust/a:1`
    await pushed(registry.name('trust/a:1'))
    expect(await refused('pull', name)).toContain(`Get "https://${address()}:${registry.port}/v2/": http: server gave HTTP response to HTTPS client`)
    await reload({ 'insecure-registries': [`${address()}/32`] })
    expect(await daemon.ok('pull', name)).toContain(`Status: Downloaded newer image for ${name}`)
    await reload({ 'insecure-registries': [`${address()}:${registry.port}`] })
    expect(await daemon.ok('pull', name)).toContain('Status: Image is up to date')
    await reload({})
    expect(await refused('pull', name)).toContain('http: server gave HTTP response to HTTPS client')
  })

  test('what was made here goes to a registry elsewhere in gzip, packed once, and comes back as the same image', async () => {
    await reload({ 'insecure-registries': [`${address()}:${registry.port}`] })
    const plain = await tar([['text', 'the same again\n'.repeat(10_000)]])
    await daemon.docker(['load'], { input: await dockerArchive({ layers: [plain] }, ['gzip:1']) })
    const [name, another] = [`${address()}:${registry.port}/gzip/a:1`, `${address()}:${registry.port}/gzip/b:1`]
    for (const tag of [name, another]) await daemon.ok('tag', 'gzip:1', tag)
    const id = await daemon.ok('inspect', '-f', '{{.Id}} {{.RootFS.Layers}}', name)
    const pushed = await daemon.ok('push', name)
    expect(pushed).toContain(`${sha256(plain).slice(0, 12)}: Pushed\n`)
    const accept = 'application/vnd.docker.distribution.manifest.v2+json'
    const url = `http://127.0.0.1:${registry.port}/v2/gzip/a`
    const { layers } = (await (await fetch(`${url}/manifests/1`, { headers: { accept } })).json()) as {
      layers: { digest: string; mediaType: string; size: number }[]
    }
    expect(layers).toMatchObject([{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' }])
    const packed = Buffer.from(await (await fetch(`${url}/blobs/${layers[0]?.digest}`)).arrayBuffer())
    expect([packed.length, sha256(gunzipSync(packed))]).toEqual([layers[0]?.size, sha256(plain)])
    expect(packed.length).toBeLessThan(plain.length / 2)

    const digest = /digest: sha256:[0-9a-f]{64}/.exec(pushed)?.[0] ?? ''
    await daemon.stop()
    await daemon.start()
    await reload({ 'insecure-registries': [`${address()}:${registry.port}`] })
    const again = await daemon.ok('push', name)
    expect(again).toContain(': Layer already exists\n')
    expect(again).toContain(digest)
    const elsewhere = await daemon.ok('push', another)
    expect(elsewhere).toContain(': Mounted from gzip/a\n')
    expect(elsewhere).toContain(digest)
    await daemon.ok('rmi', 'gzip:1', name, another)
    await daemon.ok('pull', name)
    expect(await daemon.ok('inspect', '-f', '{{.Id}} {{.RootFS.Layers}}', name)).toBe(id)
    await reload({})
  })

  test('a mirror has Docker Hub’s images', async () => {
    await pushed(registry.name('library/mirrored:1'))
    await reload({ 'registry-mirrors': [`http://127.0.0.1:${registry.port}`] })
    expect(await daemon.ok('pull', 'mirrored:1')).toContain('Status: Downloaded newer image for mirrored:1')
    await reload({})
  })

  test('credentials: none, wrong and right', async () => {
    await using locked = await Registry.start({ withPassword: true })
    const server = `127.0.0.1:${locked.port}`
    await daemon.ok('tag', 'busybox', locked.name('a/b:1'))
    expect(await refused('push', locked.name('a/b:1'))).toContain('no basic auth credentials')
    expect(await refused('pull', locked.name('a/b:1'))).toContain('no basic auth credentials')
    const wrong = await daemon.docker(['login', '-u', 'user', '--password-stdin', server], { input: 'wrong' })
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/unauthorized/)])
    const right = await daemon.docker(['login', '-u', 'user', '--password-stdin', server], { input: 'secret' })
    expect([right.code, right.stdout]).toEqual([0, expect.stringContaining('Login Succeeded')])
    await daemon.ok('push', locked.name('a/b:1'))
    await daemon.ok('rmi', locked.name('a/b:1'))
    await daemon.ok('pull', locked.name('a/b:1'))
    await daemon.ok('logout', server)
    expect(await refused('pull', locked.name('a/b:1'))).toContain('no basic auth credentials')
  })
})

describe('a transfer that does not go well', () => {
  test('wrong bytes are an error, and nothing of them stays', async () => {
    await using bad = await Registry.start()
    const name = bad.name('bad/bytes:1')
    await pushed(name)
    await daemon.ok('rmi', name)
    await bad.spoil(2500)
    const before = await stored()
    expect(await refused('pull', name)).toMatch(/verification failed|digest/)
    expect(await stored()).toEqual(before)
    expect(await daemon.ok('images', '-q', name)).toBe('')
  })

  test('a broken connection is tried again', async () => {
    const image = servedImage([await tar([['retried', Buffer.alloc(100_000, 4)]])])
    await using moody = await moodyRegistry(image, (digest, attempt) =>
      attempt === 1 && (image.blobs.get(digest)?.length ?? 0) > 50_000 ? 'half, then a reset' : 'all',
    )
    const output = await daemon.ok('pull', `${moody.host}/retried:1`)
    expect(output).toContain('Retrying in 1 second')
    expect(output).toContain('Status: Downloaded newer image')
  })

  test('the client goes away in the middle: nothing stays, and the next pull succeeds', async () => {
    const image = servedImage([await tar([['left', Buffer.alloc(3_000_000, 5)]])])
    let isPatient = false
    await using moody = await moodyRegistry(image, (digest) => (!isPatient && (image.blobs.get(digest)?.length ?? 0) > 50_000 ? 'half, then silence' : 'all'))
    const before = await stored()
    const client = spawn('docker', ['-H', `unix://${daemon.socketPath}`, 'pull', `${moody.host}/left:1`], { stdio: 'ignore' })
    await until('bytes on disk', async () => (await readdir(join(daemon.dataRoot, 'images', 'incoming'))).length > 0)
    client.kill('SIGINT')
    await until('nothing to be left', async () => JSON.stringify(await stored()) === JSON.stringify(before))
    isPatient = true
    expect(await daemon.ok('pull', `${moody.host}/left:1`)).toContain('Status: Downloaded newer image')
  })

  test('the daemon dies in the middle: the next start removes what came, and the next pull succeeds', async () => {
    const image = servedImage([await tar([['killed', Buffer.alloc(3_000_000, 6)]])])
    let isPatient = false
    await using moody = await moodyRegistry(image, (digest) => (!isPatient && (image.blobs.get(digest)?.length ?? 0) > 50_000 ? 'half, then silence' : 'all'))
    const before = await stored()
    const pull = daemon.docker(['pull', `${moody.host}/killed:1`])
    await until('bytes on disk', async () => (await readdir(join(daemon.dataRoot, 'images', 'incoming'))).length > 0)
    await daemon.stop('SIGKILL')
    expect((await pull).code).toBe(1)
    await daemon.start()
    expect(await stored()).toEqual(before)
    isPatient = true
    expect(await daemon.ok('pull', `${moody.host}/killed:1`)).toContain('Status: Downloaded newer image')
  })

  test('two clients pull the same: both get it, the layer comes once', async () => {
    const image = servedImage([await tar([['shared', Buffer.alloc(500_000, 7)]])])
    let asked = 0
    await using moody = await moodyRegistry(image, (digest) => {
      if ((image.blobs.get(digest)?.length ?? 0) > 50_000) asked += 1
      return 'all'
    })
    await Promise.all([daemon.ok('pull', `${moody.host}/shared:1`), daemon.ok('pull', `${moody.host}/shared:2`)])
    expect(asked).toBe(1)
    expect((await daemon.ok('images', '--format', '{{.Tag}}', `${moody.host}/shared`)).split('\n').sort()).toEqual(['1', '2'])
  })
})
