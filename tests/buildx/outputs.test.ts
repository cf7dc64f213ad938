import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Registry } from '../api/images/registry-server.ts'
import { json, readLayout } from '../harness/buildkit/layout.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { withBuildx } from './plugin.ts'

/** Where buildx has us bring results and caches; `tests/api/build` asks more of it, by a client of its own. */

let daemon: TestDaemon
let other: TestDaemon
let registry: Registry
let folder: string
let env: Record<string, string>
beforeAll(async () => {
  ;[daemon, other, registry] = await Promise.all([startDaemon(), startDaemon(), Registry.start({ withPassword: true })])
  folder = await mkdtemp('/tmp/er-buildx-outputs-')
  env = await withBuildx(join(folder, 'config'))
  const context = join(folder, 'context')
  await mkdir(context)
  await writeFile(join(context, 'word'), 'said')
  const random = 'head -c 16 /dev/urandom | od -An -tx1 > /random'
  await writeFile(
    join(context, 'Dockerfile'),
    `FROM busybox AS made\nRUN ${random}\nFROM busybox\nCOPY --from=made /random /random\nCOPY word /word\nRUN echo more > /more\n`,
  )
  const host = registry.name('').slice(0, -1)
  await daemon.docker(['login', '-u', 'user', '--password-stdin', host], { env, input: 'secret' })
})
afterAll(async () => {
  await Promise.all([daemon[Symbol.asyncDispose](), other[Symbol.asyncDispose](), registry[Symbol.asyncDispose]()])
  await rm(folder, { recursive: true, force: true })
})

const at = (name: string) => join(folder, name)

/** Builds, which must go well. @returns what buildx printed */
async function buildx(on: TestDaemon, args: readonly string[], more: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await on.docker(['buildx', 'build', ...args, at('context')], { env: { ...env, ...more }, timeoutMs: 120_000 })
  if (code !== 0) throw new Error(`${stdout}${stderr}`)
  return stdout + stderr
}

describe('outputs', () => {
  it('are an archive for docker load, with metadata and an id beside it', async () => {
    const tar = at('docker.tar')
    await buildx(daemon, ['-t', 'x:1', '--metadata-file', at('meta.json'), '--iidfile', at('id'), '-o', `type=docker,dest=${tar}`])
    const { manifest, index } = await readLayout(await readFile(tar))
    const meta = json<Record<string, string>>(await readFile(at('meta.json')))
    expect(meta).toMatchObject({
      'containerimage.digest': index[0]?.digest,
      'containerimage.config.digest': manifest.config.digest,
      'containerimage.descriptor': { digest: index[0]?.digest },
      'image.name': 'docker.io/library/x:1',
    })
    expect(meta['buildx.build.ref']).toMatch(/^default\/default\//)
    expect(await readFile(at('id'), 'utf8')).toBe(manifest.config.digest)
    await daemon.docker(['load', '-i', tar])
    expect(await daemon.ok('run', '--rm', 'x:1', 'cat', '/word', '/more')).toBe('saidmore')
  })

  it('are several at once, one of them a folder', async () => {
    const outputs = [
      `type=oci,dest=${at('oci.tar')},compression=zstd`,
      `type=oci,dest=${at('layout')},tar=false`,
      'type=image,name=several',
      `type=local,dest=${at('files')}`,
    ]
    await buildx(
      daemon,
      outputs.flatMap((output) => ['-o', output]),
    )
    expect((await readLayout(await readFile(at('oci.tar')))).manifest.layers.at(-1)?.mediaType).toBe('application/vnd.oci.image.layer.v1.tar+zstd')
    const { manifests } = json<{ manifests: { digest: string }[] }>(await readFile(at('layout/index.json')))
    expect(await readdir(at('layout/blobs/sha256'))).toContain(manifests[0]?.digest.slice('sha256:'.length))
    expect(await daemon.ok('images', '-q', 'several')).not.toBe('')
    expect(await readFile(at('files/word'), 'utf8')).toBe('said')
    await buildx(daemon, ['-o', `type=local,dest=${at('dated')}`], { SOURCE_DATE_EPOCH: '1000000000' })
    expect((await stat(at('dated/word'))).mtimeMs).toBe(1_000_000_000_000)
  })

  it('are a registry, with the credentials of docker login, annotations and a date', async () => {
    const name = registry.name('pushed:1')
    const args = ['-t', name, '--push', '--annotation', 'a=b', '--metadata-file', at('pushed.json')]
    await buildx(daemon, args, { SOURCE_DATE_EPOCH: '1000000000' })
    const meta = json<Record<string, string>>(await readFile(at('pushed.json')))
    const answer = await fetch(`http://127.0.0.1:${registry.port}/v2/pushed/manifests/1`, {
      headers: {
        authorization: `Basic ${btoa('user:secret')}`,
        accept: 'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json',
      },
    })
    expect(answer.headers.get('docker-content-digest')).toBe(meta['containerimage.digest'])
    expect(((await answer.json()) as { annotations: object }).annotations).toEqual({ a: 'b' })
    expect(await daemon.ok('inspect', '--format', '{{.Created}}', name)).toBe('2001-09-09T01:46:40Z')
  })

  it('have no attestations, which buildx says', async () => {
    await expect(buildx(daemon, ['--sbom=true', '-o', `type=oci,dest=${at('sbom.tar')}`])).rejects.toThrow(
      /Attestations are not supported by the current BuildKit daemon/,
    )
  })
})

describe('caches', () => {
  it.each([
    ['a folder', () => [`type=local,dest=${at('cache')},mode=max`, `type=local,src=${at('cache')}`]],
    ['a registry', () => [`type=registry,ref=${registry.name('cache:1')},mode=max`, `type=registry,ref=${registry.name('cache:1')}`]],
  ])('are found again by another engine: %s', async (_, places) => {
    const [to = '', from = ''] = places()
    await buildx(daemon, ['-t', 'cached', '--cache-to', to])
    await other.docker(['builder', 'prune', '-af'])
    await other.docker(['rmi', 'cached'])
    await other.docker(['image', 'prune', '-f'])
    const said = await buildx(other, ['-t', 'cached', '--cache-from', from])
    expect(said.match(/ CACHED$/gm)).toHaveLength(4)
    expect(await other.ok('run', '--rm', 'cached', 'cat', '/random')).toBe(await daemon.ok('run', '--rm', 'cached', 'cat', '/random'))
  })

  it('that we do not speak to are refused', async () => {
    await expect(buildx(daemon, ['--cache-to', 'type=azblob,name=x'])).rejects.toThrow(
      /cache export of the type azblob \(--cache-to\) is not implemented by this engine/,
    )
  })
})
