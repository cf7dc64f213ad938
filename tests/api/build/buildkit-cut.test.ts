import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BuildKitClient, type ClientOptions } from '../../harness/buildkit/client.ts'
import { contextFolder, failureOf } from '../../harness/buildkit/context-folder.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { processesOn } from '../../harness/leaks.ts'
import { until } from '../../harness/until.ts'
import { tar } from '../images/archives.ts'
import { moodyRegistry, servedImage } from '../images/registry-server.ts'

/** Builds that are cut off in each of their phases: by a client that is gone, and by an engine that is killed. */

let daemon: TestDaemon
let folders: string
let registry: Awaited<ReturnType<typeof moodyRegistry>>
let onPull: () => void = () => undefined
beforeAll(async () => {
  const layer = await tar([['big', 'x'.repeat(1e6)]])
  const image = servedImage([layer])
  const isLayer = (digest: string) => image.blobs.get(digest) === layer
  const serve = (digest: string) => {
    if (!isLayer(digest)) return 'all'
    onPull()
    return 'half, then silence'
  }
  ;[daemon, registry, folders] = await Promise.all([startDaemon(), moodyRegistry(image, serve), mkdtemp('/tmp/er-buildkit-cut-')])
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
  await rm(folders, { recursive: true, force: true })
})

/** A build that comes to a point, and stays there. */
interface Phase {
  readonly files: Readonly<Record<string, string>>
  /** @param reached to be called there */
  options(reached: () => void): Partial<ClientOptions>
  readonly exporters?: { type: string; attrs: Record<string, string> }[]
}

const never = new Promise<void>(() => undefined)
const stays = (reached: () => void) => () => {
  reached()
  return never
}

const PHASES: Readonly<Record<string, Phase>> = {
  'the context comes': {
    files: { Dockerfile: 'FROM busybox\nCOPY . /\n', big: 'x'.repeat(1e6) },
    options: (reached) => ({ onFile: (path) => (path === 'big' ? stays(reached)() : undefined), sharedKey: 'cut' }),
  },
  'a base image is pulled': {
    files: { Dockerfile: '' },
    options(reached) {
      onPull = reached
      return {}
    },
  },
  'a step runs, with a secret and an agent': {
    files: {
      Dockerfile:
        'FROM busybox\nRUN --mount=type=secret,id=k --mount=type=secret,id=k,env=K --mount=type=ssh --mount=type=cache,target=/c echo begun && sleep 600\n',
    },
    options: () => ({ secrets: { k: 'k' }, agents: { default: (said) => said } }),
  },
  'the result leaves': {
    files: { Dockerfile: 'FROM busybox\nRUN echo kept > /kept\n' },
    options: (reached) => ({ onOutput: stays(reached) }),
    exporters: [{ type: 'tar', attrs: {} }],
  },
}

/** Begins a build, and has it come to where it stays. @returns what it fails with */
async function atPoint({ files, options, exporters = [] }: Phase): Promise<{ client: BuildKitClient; failure: Promise<Error> }> {
  const reached = Promise.withResolvers<void>()
  const dockerfile = files.Dockerfile || `FROM ${registry.host}/slow\n`
  const context = await contextFolder(folders, { ...files, Dockerfile: dockerfile })
  const client = await BuildKitClient.connect(daemon.socketPath, { context, ...options(reached.resolve) })
  const ref = `cut-${client.id}`
  const failure = failureOf(client.solve({}, exporters, ref))
  const saysSo = (async () => {
    for await (const { logs } of client.control.status({ ref })) if (logs.some(({ msg }) => Buffer.from(msg).toString() === 'begun\n')) reached.resolve()
  })()
  // It is cut off with the build.
  saysSo.catch(() => undefined)
  await Promise.race([reached.promise, failure.then((error) => Promise.reject(error))])
  return { client, failure }
}

const BLOBS = ['images', 'blobs', 'sha256']

const entriesOf = async (...path: string[]) => (await readdir(join(daemon.dataRoot, ...path)).catch(() => [])).map((name) => [...path, name].join('/'))

/** Whatever a build has while it goes on, of which nothing may stay. */
async function leftovers(): Promise<string[]> {
  const contexts = (await entriesOf('build-caches')).filter((path) => path.includes('/context-'))
  const layers = (await entriesOf('images', 'layers')).filter((path) => path.includes('/incoming-'))
  const tools = (await processesOn(daemon.dataRoot)).filter(({ pid }) => pid !== daemon.pid).map(({ command }) => command)
  return [...(await daemon.traces()), ...(await entriesOf('builds')), ...(await entriesOf('images', 'incoming')), ...layers, ...contexts, ...tools]
}

/** @param blobs which there may be */
const nothingLeft = async (blobs?: readonly string[]) => {
  let left: string[] = []
  await until(
    'nothing of the build to be left',
    async () => {
      left = [...(await leftovers()), ...(blobs ? (await entriesOf(...BLOBS)).filter((path) => !blobs.includes(path)) : [])]
      return left.length === 0
    },
    30_000,
  ).catch(() => undefined)
  expect(left).toEqual([])
}

/** An image of the build is there as a whole or not at all, and what is there can be built on. */
async function isWhole(phase: Phase): Promise<void> {
  if (!phase.exporters) return
  using client = await BuildKitClient.connect(daemon.socketPath, { context: await contextFolder(folders, phase.files) })
  const { told } = await client.build({}, [{ type: 'moby', attrs: { name: 'whole' } }])
  expect(told.steps).toContain('[2/2] RUN echo kept > /kept CACHED')
  expect(await daemon.ok('run', '--rm', 'whole', 'cat', '/kept')).toBe('kept')
}

describe.each(Object.entries(PHASES))('while %s', (_, phase) => {
  test('the client goes', async () => {
    const { client, failure } = await atPoint(phase)
    client.cut()
    await failure
    await nothingLeft()
    await isWhole(phase)
  })

  test('the engine is killed', async () => {
    const { client, failure } = await atPoint(phase)
    await daemon.stop('SIGKILL')
    await failure
    client.cut()
    await daemon.start()
    await nothingLeft()
    await isWhole(phase)
  })
})

/** A step whose layer goes in many pieces. */
const LARGE = 'FROM busybox\nRUN head -c 3000000 /dev/urandom > /large\n'
const LAYER_BYTES = 1_000_000
const TO = [{ type: 'local', attrs: { dest: '/made' } }]

interface Cache {
  readonly context: string
  readonly digest: string
  readonly blobs: ReadonlyMap<string, Buffer>
}

/** Has a cache made in a folder of the client's. @param isForgotten the engine has nothing of it any more */
async function cacheOf(isForgotten: boolean): Promise<Cache> {
  const context = await contextFolder(folders, { Dockerfile: LARGE })
  using client = await BuildKitClient.connect(daemon.socketPath, { context })
  const { exporterResponse } = await client.control.solve({ ref: `made-${client.id}`, session: client.id, frontend: 'dockerfile.v0', cache: { exports: TO } })
  const { digest } = JSON.parse(exporterResponse['cache.manifest'] ?? '') as { digest: string }
  if (isForgotten) await daemon.ok('image', 'prune', '-f')
  return { context, digest, blobs: client.stores.of('local:/made') }
}

/** A client that has the cache, and for a build the attributes that name it. */
async function clientWith({ context, digest, blobs }: Cache) {
  const client = await BuildKitClient.connect(daemon.socketPath, { context })
  for (const [name, blob] of blobs) client.stores.of('local:/found').set(name, blob)
  const imports = [{ Type: 'local', Attrs: { src: '/found', tag: 'latest', digest } }]
  return { client, attributes: { 'cache-imports': JSON.stringify(imports) } }
}

/** A build that is about a cache, and has come to where it stays. */
interface CacheBuild {
  readonly client: BuildKitClient
  /** What the engine had of blobs before. */
  readonly before: readonly string[]
  readonly failure: Promise<Error>
  /** The cache is whole, or not there. */
  isWhole(): Promise<void>
}

const CACHE_PHASES: Readonly<Record<string, (reached: () => void) => Promise<CacheBuild>>> = {
  async imported(reached) {
    const cache = await cacheOf(true)
    const { client, attributes } = await clientWith(cache)
    client.stores.onRead = (blob) => (blob.length > LAYER_BYTES ? stays(reached)() : undefined)
    const isWhole = async () => {
      const { client: later, attributes } = await clientWith(cache)
      const { told } = await later.build(attributes, [{ type: 'moby', attrs: { name: 'imported' } }])
      later.cut()
      expect(told.steps).toContain('[2/2] RUN head -c 3000000 /dev/urandom > /large CACHED')
      expect(await daemon.ok('run', '--rm', 'imported', 'wc', '-c', '/large')).toBe('3000000 /large')
      await daemon.ok('rmi', 'imported')
    }
    return { client, before: await entriesOf(...BLOBS), failure: failureOf(client.solve(attributes)), isWhole }
  },
  async exported(reached) {
    const { context } = await cacheOf(false)
    const client = await BuildKitClient.connect(daemon.socketPath, { context })
    client.stores.onWrite = stays(reached)
    const before = await entriesOf(...BLOBS)
    const solved = client.control.solve({ ref: `cut-${client.id}`, session: client.id, frontend: 'dockerfile.v0', cache: { exports: TO } })
    const isWhole = async () => expect(client.stores.of('local:/made').size).toBe(0)
    return { client, before, failure: failureOf(solved), isWhole }
  },
}

describe.each(Object.entries(CACHE_PHASES))('while a cache is %s', (_, begin) => {
  test.each(['the client goes', 'the engine is killed'])('%s', async (how) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { client, before, failure, isWhole } = await begin(resolve)
    await Promise.race([promise, failure.then((error) => Promise.reject(error))])
    if (how === 'the client goes') {
      client.cut()
      await failure
    } else {
      await daemon.stop('SIGKILL')
      await failure
      client.cut()
      await daemon.start()
    }
    await nothingLeft(before)
    await isWhole()
  })
})
