import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConnectError } from '@connectrpc/connect'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BuildKitClient, Told } from '../../harness/buildkit/client.ts'
import { json } from '../../harness/buildkit/layout.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'
import { sha256 } from '../images/archives.ts'
import { Registry } from '../images/registry-server.ts'

/** What one engine has built, another one finds again: `--cache-to` and `--cache-from`. */

let maker: TestDaemon
let finder: TestDaemon
let registry: Registry
let folders: string
beforeAll(async () => {
  ;[maker, finder, registry] = await Promise.all([startDaemon(), startDaemon(), Registry.start({ withPassword: true })])
  folders = await mkdtemp('/tmp/er-caches-')
})
afterAll(async () => {
  await Promise.all([maker[Symbol.asyncDispose](), finder[Symbol.asyncDispose](), registry[Symbol.asyncDispose]()])
  await rm(folders, { recursive: true, force: true })
})

/** Nobody makes the same twice. */
const RANDOM = 'head -c 16 /dev/urandom | od -An -tx1'

let number = 0
/** A context of which no engine has heard before. */
async function contextOf(dockerfile: string): Promise<string> {
  const folder = join(folders, `context-${++number}`)
  await mkdir(folder)
  await writeFile(join(folder, 'Dockerfile'), dockerfile.replaceAll('UNIQUE', `echo ${number}`))
  await writeFile(join(folder, 'word'), `said ${number}`)
  return folder
}

function connect(daemon: TestDaemon, context: string): Promise<BuildKitClient> {
  return BuildKitClient.connect(daemon.socketPath, { context, credentials: { [registry.name('').slice(0, -1)]: { username: 'user', secret: 'secret' } } })
}

interface Entry {
  readonly type: string
  readonly attrs: Record<string, string>
}

interface Asked {
  readonly exporters?: Entry[]
  readonly to?: Entry[]
  readonly from?: Entry[]
}

/** A build, and what it said. */
async function build(buildx: BuildKitClient, { exporters = [], to = [], from = [] }: Asked) {
  const ref = `cached-${++number}`
  const told = new Told()
  const imports = JSON.stringify(from.map(({ type, attrs }) => ({ Type: type, Attrs: attrs })))
  const frontendAttrs: Record<string, string> = from.length > 0 ? { 'cache-imports': imports } : {}
  const solving = buildx.control.solve({ ref, session: buildx.id, frontend: 'dockerfile.v0', frontendAttrs, exporters, cache: { exports: to } })
  const [{ exporterResponse }] = await Promise.all([solving, told.listen(buildx.control.status({ ref }))])
  return { response: exporterResponse, told, steps: told.steps.filter((step) => /^\[.*\d+\/\d+\] (?!FROM)/.test(step)) }
}

const image = (name: string): Entry => ({ type: 'moby', attrs: { name } })
const allCached = (steps: readonly string[]) => steps.length > 0 && steps.every((step) => step.endsWith(' CACHED'))

/** How a cache goes from the one to the other. */
const PLACES = {
  registry: (name: string) => {
    const attrs = { ref: registry.name(`cache:${name}`) }
    return { to: { type: 'registry', attrs }, from: () => ({ type: 'registry', attrs }) }
  },
  local: () => ({
    to: { type: 'local', attrs: { dest: '/made' } },
    from: (response: Readonly<Record<string, string>>) => ({
      type: 'local',
      attrs: { src: '/found', tag: 'latest', digest: json<{ digest: string }>(Buffer.from(response['cache.manifest'] ?? '')).digest },
    }),
  }),
}

/** Carries the client's folder from one to the other, as people do with their CI's. */
function carry(from: BuildKitClient, to: BuildKitClient): void {
  for (const [digest, blob] of from.stores.of('local:/made')) to.stores.of('local:/found').set(digest, blob)
}

describe.each(['registry', 'local'] as const)('a cache by %s', (kind) => {
  it('of mode max has the steps of every stage', async () => {
    const context = await contextOf(
      `FROM busybox AS made\nRUN UNIQUE && ${RANDOM} > /random\nFROM busybox\nCOPY word /word\nCOPY --from=made /random /random\nRUN tr a-z A-Z < /random > /upper\nENV A=1\n`,
    )
    const place = PLACES[kind](`max-${number}`)
    using made = await connect(maker, context)
    const packing = { compression: 'zstd', 'force-compression': 'true' }
    const { response } = await build(made, { exporters: [image('max')], to: [{ ...place.to, attrs: { ...place.to.attrs, mode: 'max', ...packing } }] })
    using found = await connect(finder, context)
    carry(made, found)
    const { steps } = await build(found, { exporters: [image('max')], from: [place.from(response)] })
    expect(allCached(steps), steps.join('\n')).toBe(true)
    const upper = (daemon: TestDaemon) => daemon.ok('run', '--rm', 'max', 'sh', '-c', 'cat /upper /word; echo $A')
    expect(await upper(finder)).toBe(await upper(maker))
  })

  it('of mode min has those of the last, as far as they are the same', async () => {
    const dockerfile = `FROM busybox\nRUN UNIQUE && ${RANDOM} > /random\nRUN UNIQUE again\n`
    const context = await contextOf(dockerfile)
    const place = PLACES[kind](`min-${number}`)
    using made = await connect(maker, context)
    const { response } = await build(made, { exporters: [image('min')], to: [place.to] })
    await writeFile(join(context, 'Dockerfile'), `${dockerfile.replaceAll('UNIQUE', `echo ${number - 1}`)}RUN ${RANDOM} > /new\n`)
    using found = await connect(finder, context)
    carry(made, found)
    const { steps } = await build(found, { exporters: [image('min')], from: [place.from(response)] })
    expect(steps.map((step) => step.endsWith(' CACHED'))).toEqual([true, true, false])
    const random = (daemon: TestDaemon) => daemon.ok('run', '--rm', 'min', 'cat', '/random')
    expect(await random(finder)).toBe(await random(maker))
  })
})

it('an image is a cache of its own: what made it, it says itself', async () => {
  const context = await contextOf(`FROM busybox\nRUN UNIQUE && ${RANDOM} > /random\nCOPY word /word\n`)
  const name = registry.name('inline:1')
  using made = await connect(maker, context)
  await build(made, { exporters: [{ type: 'moby', attrs: { name, push: 'true' } }], to: [{ type: 'inline', attrs: {} }] })
  using found = await connect(finder, context)
  const { steps, told } = await build(found, { exporters: [image(name)], from: [{ type: 'registry', attrs: { ref: name } }] })
  expect(allCached(steps), steps.join('\n')).toBe(true)
  expect(await finder.ok('run', '--rm', name, 'cat', '/random', '/word')).toBe(await maker.ok('run', '--rm', name, 'cat', '/random', '/word'))
  // Nobody but the registry has heard of the password.
  expect(told.everything).not.toContain('secret')
  for (const { dataRoot, root } of [maker, finder]) {
    expect((await run('grep', ['-rlF', '-e', btoa('user:secret'), dataRoot, join(root, 'log')])).stdout).toBe('')
  }
})

describe('a cache that is of no use is told of, and the image is built all the same', () => {
  const steps = async (from: (buildx: BuildKitClient) => Entry) => {
    using buildx = await connect(finder, await contextOf('FROM busybox\nRUN UNIQUE\n'))
    return (await build(buildx, { from: [from(buildx)] })).told
  }

  it('one of BuildKit’s', async () => {
    const told = await steps(({ stores }) => {
      const blobs = stores.of('local:/theirs')
      const put = (text: string) => {
        const digest = `sha256:${sha256(text)}`
        blobs.set(digest, Buffer.from(text))
        return { digest, size: text.length }
      }
      const config = { mediaType: 'application/vnd.buildkit.cacheconfig.v0', ...put('{"layers":[],"records":[]}') }
      return { type: 'local', attrs: { src: '/theirs', digest: put(JSON.stringify({ schemaVersion: 2, config, layers: [] })).digest } }
    })
    expect(told.everything).toContain('/theirs: it was made by BuildKit, whose caches this engine cannot read: nothing is taken from it')
  })

  it.each([
    ['one that is not there', () => ({ type: 'registry', attrs: { ref: registry.name('nothing:1') } }), 'manifest unknown'],
    ['one that the folder has not', () => ({ type: 'local', attrs: { src: '/x', digest: `sha256:${'0'.repeat(64)}` } }), 'not found'],
  ])('%s', async (_, from, why) => {
    const told = await steps(from)
    expect(told.everything).toContain(why)
    expect(told.steps.some((step) => step.startsWith('importing cache manifest') && step.endsWith(' ERROR'))).toBe(true)
  })

  it('one whose layers are gone', async () => {
    const context = await contextOf('FROM busybox\nRUN UNIQUE > /x\n')
    using made = await connect(maker, context)
    const { response } = await build(made, { to: [{ type: 'local', attrs: { dest: '/made' } }] })
    using found = await connect(finder, context)
    carry(made, found)
    const { digest } = json<{ digest: string }>(Buffer.from(response['cache.manifest'] ?? ''))
    const blobs = found.stores.of('local:/found')
    for (const layer of json<{ layers: { digest: string }[] }>(blobs.get(digest)).layers) blobs.delete(layer.digest)
    const { steps: made2, told } = await build(found, { from: [{ type: 'local', attrs: { src: '/found', digest } }] })
    expect(allCached(made2)).toBe(false)
    expect(told.everything).toContain('a layer of the cache cannot be had')
  })
})

describe('an export that fails', () => {
  const to = (more: Record<string, string>): Entry => ({ type: 'registry', attrs: { ref: 'localhost:1/nothing', ...more } })

  it('fails the build, unless its errors are to be ignored', async () => {
    using buildx = await connect(maker, await contextOf('FROM busybox\nRUN UNIQUE\n'))
    await expect(build(buildx, { to: [to({})] })).rejects.toThrow('localhost:1')
    const { response, told } = await build(buildx, { exporters: [image('ignored')], to: [to({ 'ignore-error': 'true' })] })
    expect(response['cache.manifest']).toBeUndefined()
    expect(told.steps).toContain('exporting cache to registry ERROR')
  })

  it.each([
    ['gha', {}, 'cache export of the type gha (--cache-to) is not implemented by this engine'],
    ['s3', { bucket: 'b' }, 'cache export of the type s3 (--cache-to) is not implemented by this engine'],
    ['azblob', {}, 'cache export of the type azblob (--cache-to) is not implemented by this engine'],
    ['registry', {}, 'missing ref'],
    ['registry', { ref: 'x', 'image-manifest': 'false' }, 'the option image-manifest=false of the cache export registry is not implemented by this engine'],
    ['local', { dest: '/x', new: '1' }, 'the option new of the cache export local is not implemented by this engine'],
    ['local', { dest: '/x', mode: 'all' }, 'invalid cache export mode: all'],
    ['inline', { mode: 'max' }, 'the option mode=max of the cache export inline is not implemented by this engine'],
  ])('is refused by its name: %s %o', async (type, attrs: Record<string, string>, message) => {
    using buildx = await connect(maker, folders)
    const failure = await build(buildx, { to: [{ type, attrs }] }).catch((error: unknown) => ConnectError.from(error))
    expect(failure).toMatchObject({ rawMessage: message })
  })
})
