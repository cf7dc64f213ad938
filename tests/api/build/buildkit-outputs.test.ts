import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { ConnectError } from '@connectrpc/connect'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BuildKitClient, type ClientOptions } from '../../harness/buildkit/client.ts'
import { json, type ManifestFile, readLayout, timesOf } from '../../harness/buildkit/layout.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'
import { until } from '../../harness/until.ts'
import { ownRegistry } from '../images/own-registry.ts'
import { Registry, servedImage } from '../images/registry-server.ts'

/** Where the result of a build by BuildKit's protocol can go; `tests/buildx` does some of it with the real client. */

let daemon: TestDaemon
let registry: Registry
let folders: string
let context: string
beforeAll(async () => {
  ;[daemon, registry] = await Promise.all([startDaemon(), Registry.start({ withPassword: true })])
  folders = await mkdtemp('/tmp/er-outputs-')
  context = join(folders, 'context')
  await run('mkdir', ['-p', context])
  await writeFile(join(context, 'Dockerfile'), 'FROM busybox\nCOPY word /word\nRUN echo more > /more\n')
  await writeFile(join(context, 'word'), 'said')
})
afterAll(async () => {
  await Promise.all([daemon[Symbol.asyncDispose](), registry[Symbol.asyncDispose]()])
  await rm(folders, { recursive: true, force: true })
})

const HOST = () => registry.name('').slice(0, -1)
const client = (options: Partial<ClientOptions> = {}) => BuildKitClient.connect(daemon.socketPath, { context, ...options })
const authorised = () => client({ credentials: { [HOST()]: { username: 'user', secret: 'secret' } } })

/** What the registry has, asked past the engine. */
async function served(path: string): Promise<{ digest: string | null; type: string | null; manifest: ManifestFile }> {
  const accept = ['application/vnd.docker.distribution.manifest.v2+json', 'application/vnd.oci.image.manifest.v1+json'].join(', ')
  const answer = await fetch(`http://${HOST()}/v2/${path}`, { headers: { accept, authorization: `Basic ${btoa('user:secret')}` } })
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
  return { digest: answer.headers.get('docker-content-digest'), type: answer.headers.get('content-type'), manifest: (await answer.json()) as ManifestFile }
}

const descriptorOf = (response: Readonly<Record<string, string>>) =>
  json<{ digest: string; annotations: Record<string, string>; platform: object }>(Buffer.from(response['containerimage.descriptor'] ?? '', 'base64'))

/** Reads the inspector's feed, as the window does: only then it records headers and bodies. */
async function lookAt({ socketPath }: TestDaemon): Promise<AsyncDisposable> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const feed = request({ socketPath, path: '/engineroom/v1/requests' }, (answer) => answer.resume().once('data', () => resolve()))
  feed.on('error', reject).end()
  await promise
  return {
    async [Symbol.asyncDispose]() {
      feed.destroy()
    },
  }
}

async function messageOf(work: Promise<unknown>): Promise<string> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => ConnectError.from(error),
  )
  if (!outcome) throw new Error('it went well')
  return outcome.rawMessage
}

describe('an archive', () => {
  it('of docker’s is what docker load takes', async () => {
    using buildx = await client()
    const { exporterResponse: told } = await buildx.solve({}, [{ type: 'docker', attrs: { name: 'loaded:1,loaded:2' } }])
    const archive = Buffer.concat(buildx.received)
    const { manifest, files, index } = await readLayout(archive)
    expect(manifest.layers.map(({ mediaType }) => mediaType).at(-1)).toBe('application/vnd.docker.image.rootfs.diff.tar.gzip')
    expect(json<{ RepoTags: string[] }[]>(files.get('manifest.json'))[0]?.RepoTags).toEqual(['loaded:1', 'loaded:2'])
    expect(told).toMatchObject({
      'containerimage.digest': index[0]?.digest,
      'containerimage.config.digest': manifest.config.digest,
      'image.name': 'docker.io/library/loaded:1,docker.io/library/loaded:2',
    })
    expect((await daemon.docker(['load'], { input: archive })).stdout).toContain('Loaded image: loaded:2')
    expect(await daemon.ok('run', '--rm', 'loaded:2', 'cat', '/word', '/more')).toBe('saidmore')
    expect(await daemon.ok('images', '-q', '--no-trunc', 'loaded')).toContain(manifest.config.digest)
  })

  it('is an OCI layout, packed and annotated as asked', async () => {
    using buildx = await client()
    const attrs = {
      name: 'laid:1',
      compression: 'zstd',
      'force-compression': 'true',
      'compression-level': '3',
      'annotation.one': '1',
      'annotation-manifest-descriptor.two': '2',
    }
    const { exporterResponse: told } = await buildx.solve({}, [{ type: 'oci', attrs }])
    const { manifest, files, index, blob, config } = await readLayout(Buffer.concat(buildx.received))
    expect(files.has('manifest.json')).toBe(false)
    expect(new Set(manifest.layers.map(({ mediaType }) => mediaType))).toEqual(new Set(['application/vnd.oci.image.layer.v1.tar+zstd']))
    expect(manifest.annotations).toEqual({ one: '1' })
    expect(index[0]?.annotations).toMatchObject({ two: '2', 'io.containerd.image.name': 'docker.io/library/laid:1', 'org.opencontainers.image.ref.name': '1' })
    const { digest, annotations, platform } = descriptorOf(told)
    expect({ digest, two: annotations.two, platform }).toMatchObject({ digest: index[0]?.digest, two: '2', platform: { os: 'linux' } })
    const last = zstdDecompressSync(blob(manifest.layers.at(-1)?.digest ?? '') ?? Buffer.alloc(0))
    expect([...(await timesOf(last)).keys()]).toContain('more')
    expect(config.rootfs.diff_ids).toHaveLength(manifest.layers.length)
  })

  it('is a folder of the client’s, which keeps the index itself', async () => {
    using buildx = await client()
    const attrs = { tar: 'false', compression: 'uncompressed', 'force-compression': 'true' }
    const { exporterResponse: told } = await buildx.solve({}, [{ type: 'oci', attrs }])
    const blobs = buildx.stores.of('export')
    const manifest = json<ManifestFile>(blobs.get(descriptorOf(told).digest))
    expect([manifest.config, ...manifest.layers].filter(({ digest, size }) => blobs.get(digest)?.length !== size)).toEqual([])
    expect(json<{ rootfs: { diff_ids: string[] } }>(blobs.get(manifest.config.digest)).rootfs.diff_ids).toEqual(manifest.layers.map(({ digest }) => digest))
    // What it has already is not sent again.
    expect((await buildx.solve({}, [{ type: 'oci', attrs }])).exporterResponse['containerimage.digest']).toBe(told['containerimage.digest'])
  })

  it('goes to several places at once, as the image does', async () => {
    using buildx = await client()
    await buildx.solve({}, [
      { type: 'moby', attrs: { name: 'several', load: 'true', push: 'false', unpack: 'true' } },
      { type: 'oci', attrs: {} },
      { type: 'docker', attrs: {} },
    ])
    const [oci, docker] = await Promise.all(['1', '2'].map((index) => readLayout(Buffer.concat(buildx.files.get(index) ?? []))))
    expect([oci?.manifest.mediaType, docker?.manifest.mediaType]).toEqual([
      'application/vnd.oci.image.manifest.v1+json',
      'application/vnd.docker.distribution.manifest.v2+json',
    ])
    expect(await daemon.ok('images', '-q', '--no-trunc', 'several')).toBe(docker?.manifest.config.digest)
  })
})

describe('a time that it is to have been made', () => {
  const EPOCH = 1_000_000_000
  const at = { 'build-arg:SOURCE_DATE_EPOCH': String(EPOCH), 'no-cache': '' }

  it('is what the image says, however often it is built', async () => {
    using buildx = await client()
    const attrs = { 'rewrite-timestamp': 'true' }
    const { told } = await buildx.build(at, [{ type: 'oci', attrs }])
    expect(told.everything).not.toContain('were not consumed')
    const first = await readLayout(Buffer.concat(buildx.received.splice(0)))
    expect([first.config.created, first.config.history.at(-1)?.created]).toEqual(['2001-09-09T01:46:40Z', '2001-09-09T01:46:40Z'])
    const times = await timesOf(gunzipSync(first.blob(first.manifest.layers.at(-1)?.digest ?? '') ?? Buffer.alloc(0)))
    expect(times.get('more')).toBe(EPOCH)
    // What it stands on stays as it is.
    const base = (await daemon.api('GET', '/images/busybox/json')).json<{ RootFS: { Layers: string[] } }>().RootFS.Layers
    expect(first.config.rootfs.diff_ids.slice(0, base.length)).toEqual(base)
    await buildx.solve(at, [{ type: 'oci', attrs }])
    expect((await readLayout(Buffer.concat(buildx.received))).index[0]?.digest).toBe(first.index[0]?.digest)
  })

  it('is that of all files, where it is files that leave', async () => {
    using buildx = await client()
    await buildx.solve({}, [{ type: 'tar', attrs: { 'source-date-epoch': String(EPOCH) } }])
    expect(new Set((await timesOf(Buffer.concat(buildx.received))).values())).toEqual(new Set([EPOCH]))
  })

  it('is that of an image which stays here, and the cache does not mind', async () => {
    using buildx = await client()
    await buildx.solve(at, [{ type: 'moby', attrs: { name: 'dated' } }])
    const { Created, Parent } = (await daemon.api('GET', '/images/dated/json')).json<{ Created: string; Parent: string }>()
    expect(Created).toBe('2001-09-09T01:46:40Z')
    expect(await daemon.ok('images', '--filter', 'dangling=true', '-q', '--no-trunc')).not.toContain(Parent)
    const { told } = await buildx.build({}, [{ type: 'moby', attrs: { name: 'undated' } }])
    expect(told.steps.filter((step) => step.includes('CACHED'))).toHaveLength(2)
  })
})

describe('a registry', () => {
  it('gets every name of the image, with the credentials of the client', async () => {
    using buildx = await authorised()
    await using _looking = await lookAt(daemon)
    const names = [registry.name('pushed:1'), registry.name('other:2')]
    const { response, told } = await buildx.build({}, [
      { type: 'moby', attrs: { name: names.join(','), push: 'true', 'oci-mediatypes': 'true', 'annotation.a': 'b' } },
    ])
    const [one, two] = await Promise.all(['pushed/manifests/1', 'other/manifests/2'].map(served))
    expect(one).toMatchObject({ digest: response.exporterResponse['containerimage.digest'], type: 'application/vnd.oci.image.manifest.v1+json' })
    expect(one?.manifest.annotations).toEqual({ a: 'b' })
    // Not worth the while on the way to this machine.
    expect(one?.manifest.layers.at(-1)?.mediaType).toBe('application/vnd.oci.image.layer.v1.tar')
    expect(two?.digest).toBe(one?.digest)
    expect(response.exporterResponse['containerimage.config.digest']).toBe(await daemon.ok('images', '-q', '--no-trunc', names[0] ?? ''))
    expect(await daemon.ok('inspect', '--format', '{{join .RepoDigests " "}}', names[0] ?? '')).toContain(`@${one?.digest}`)
    // Nobody but the registry has heard of the password.
    expect(told.everything).not.toContain('secret')
    expect((await daemon.api('GET', '/engineroom/v1/requests/details')).body).not.toContain('secret')
    expect((await run('grep', ['-rlF', btoa('user:secret'), daemon.dataRoot, join(daemon.root, 'log')])).stdout).toBe('')
  })

  it('gets no tag where only the digest is to count', async () => {
    using buildx = await authorised()
    const { exporterResponse: told } = await buildx.solve({}, [
      { type: 'image', attrs: { name: registry.name('digest-only'), push: 'true', 'push-by-digest': 'true' } },
    ])
    expect((await served(`digest-only/manifests/${told['containerimage.digest']}`)).digest).toBe(told['containerimage.digest'])
    await expect(served('digest-only/manifests/latest')).rejects.toThrow('404')
  })

  it('that refuses is an error, and the image is here all the same', async () => {
    using buildx = await client()
    const name = registry.name('refused:1')
    expect(await messageOf(buildx.solve({}, [{ type: 'moby', attrs: { name, push: 'true' } }]))).toMatch(
      new RegExp(`^failed to push ${name}: .*no basic auth credentials`),
    )
    expect(await daemon.ok('images', '-q', name)).not.toBe('')
  })
})

describe('an output that is cut off leaves nothing', () => {
  const packing = { compression: 'gzip', 'compression-level': '9', 'force-compression': 'true' }
  const blobs = async () => (await readdir(join(daemon.dataRoot, 'images/blobs/sha256'))).sort()
  const builds = async () => ((await readdir(daemon.dataRoot)).includes('builds') ? readdir(join(daemon.dataRoot, 'builds')) : [])
  const nothingLeft = (before: readonly string[]) =>
    until('nothing of the output to be left', async () => (await builds()).length === 0 && JSON.stringify(await blobs()) === JSON.stringify(before), 30_000)

  /** A client that has built already, so that only the output is new, and never takes it. */
  async function stubborn() {
    const begun = Promise.withResolvers<void>()
    const onOutput = () => {
      begun.resolve()
      return new Promise<void>(() => undefined)
    }
    const buildx = await client({ onOutput })
    await buildx.solve({}, [{ type: 'moby', attrs: { name: 'whole' } }])
    return { buildx, begun: begun.promise, before: await blobs() }
  }

  it.each(['oci', 'tar'])('when its client goes: %s', async (type) => {
    const { buildx, begun, before } = await stubborn()
    const failure = messageOf(buildx.solve({}, [{ type, attrs: type === 'oci' ? packing : {} }]))
    await begun
    buildx.cut()
    await failure
    await nothingLeft(before)
  })

  it('when its client goes, and a registry does not answer', async () => {
    const asked = Promise.withResolvers<void>()
    await using silent = await ownRegistry(servedImage([]), {
      answer(request) {
        if (request.method !== 'POST') return false
        asked.resolve()
        return true
      },
    })
    const { buildx, before } = await stubborn()
    const failure = messageOf(buildx.solve({}, [{ type: 'moby', attrs: { name: `${silent.host}/never`, push: 'true', ...packing } }]))
    await asked.promise
    buildx.cut()
    await failure
    await nothingLeft(before)
    await daemon.ok('rmi', `${silent.host}/never`)
  })

  it('when the engine is killed', async () => {
    const { buildx, begun, before } = await stubborn()
    const failure = messageOf(buildx.solve({}, [{ type: 'docker', attrs: packing }]))
    await begun
    await daemon.stop('SIGKILL')
    await failure
    await daemon.start()
    await nothingLeft(before)
    buildx.cut()
  })
})

describe('what is not honoured is refused by its name', () => {
  it.each([
    ['oci', { compression: 'estargz' }, 'the option compression=estargz of the output oci is not implemented by this engine'],
    ['oci', { compression: 'lz4' }, 'unsupported compression type lz4'],
    ['oci', { 'compression-level': '12' }, 'compression-level=12 of gzip is not between 0 and 9'],
    ['oci', { tar: 'perhaps' }, 'non-bool value specified for tar: strconv.ParseBool: parsing "perhaps": invalid syntax'],
    ['oci', { 'annotation-index.a': 'b' }, 'index annotations not supported for single platform export'],
    ['docker', { 'annotation-manifest[linux/s390x].a': 'b' }, 'invalid annotation: no platform linux/s390x found in source'],
    ['docker', { 'name-canonical': 'true' }, 'the option name-canonical of the output docker is not implemented by this engine'],
    ['moby', { 'rewrite-timestamp': 'true' }, 'exporter option "rewrite-timestamp" conflicts with "unpack"'],
    [
      'moby',
      { compression: 'gzip' },
      'the option compression of the output image is not implemented by this engine, unless it is pushed: images here have no manifest',
    ],
    ['moby', { push: 'true' }, 'tag is needed when pushing to registry'],
    ['local', { 'attestation-prefix': 'x' }, 'the option attestation-prefix of the output local is not implemented by this engine'],
    ['tar', { 'source-date-epoch': 'soon' }, 'invalid source-date-epoch: strconv.ParseInt: parsing "soon": invalid syntax'],
    ['nydus', {}, 'the output "nydus" is not implemented by this engine: it has image, docker, oci, local and tar'],
  ])('%s %o', async (type, attrs: Record<string, string>, message) => {
    using buildx = await client()
    expect(await messageOf(buildx.solve({}, [{ type, attrs }]))).toBe(message)
  })
})
