import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SourceSchema } from '../../../engine/buildkit/protocol/source-error_pb.ts'
import { fileTree } from '../../build-corpus/file-tree.ts'
import { BuildKitClient, type ClientOptions, Told } from '../../harness/buildkit/client.ts'
import { contextFolder, failureOf } from '../../harness/buildkit/context-folder.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'

/** BuildKit's protocol, by a client of the test's own: `tests/peers` does it with the real one. */

let daemon: TestDaemon
let folders: string
beforeAll(async () => {
  daemon = await startDaemon()
  folders = await mkdtemp('/tmp/er-buildkit-')
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await rm(folders, { recursive: true, force: true })
})

const contextOf = (files: Readonly<Record<string, string>>) => contextFolder(folders, files)
const client = (options: ClientOptions) => BuildKitClient.connect(daemon.socketPath, options)
const NOTHING = { async *[Symbol.asyncIterator]() {} }
const image = (name: string) => ({ type: 'moby', attrs: { name } })

describe('a build', () => {
  it('makes an image, tells its steps, and finds them again', async () => {
    const context = await contextOf({
      Dockerfile: 'FROM busybox AS base\nRUN echo loud\nFROM base\nCOPY word /word\nLABEL a=$A\nARG A\nLABEL a=$A\n',
      word: 'said',
    })
    await symlink('word', join(context, 'link'))
    using buildx = await client({ context, sharedKey: 'makes' })
    const options = { 'build-arg:A': '7', 'label:more': "it's" }
    const { response, told } = await buildx.build(options, [image('made:1,made:2')])
    const { Id, Config } = (await daemon.api('GET', '/images/made:2/json')).json<{ Id: string; Config: { Labels: object } }>()
    expect(response.exporterResponse).toMatchObject({ 'containerimage.config.digest': Id, 'image.name': 'docker.io/library/made:1,docker.io/library/made:2' })
    expect(Config.Labels).toEqual({ a: '7', more: "it's" })
    expect(told.logs).toBe('loud\n')
    expect(told.steps).toEqual([
      '[internal] load build definition from Dockerfile',
      '[internal] load .dockerignore',
      '[internal] load build context',
      // Of $A, which is used before its ARG.
      '[internal] check the build definition',
      '[base 1/2] FROM busybox',
      '[base 2/2] RUN echo loud',
      '[stage-1 1/2] FROM base',
      '[stage-1 2/2] COPY word /word',
      'exporting to image',
    ])
    // What is kept for the next build is not the same file: some programs refuse one with two links.
    expect(await daemon.ok('run', '--rm', 'made:1', 'sh', '-c', 'stat -c %h /word; cat /word')).toBe('1\nsaid')
    const again = await buildx.build(options)
    expect(again.told.steps).toEqual(expect.arrayContaining(['[base 2/2] RUN echo loud CACHED', '[stage-1 2/2] COPY word /word CACHED']))
    const anew = await buildx.build({ ...options, 'no-cache': '' })
    expect(anew.told.steps.filter((step) => step.includes('CACHED'))).toEqual([])
    const base = await buildx.build({ target: 'base' })
    expect(base.told.steps).toContain('[1/2] FROM busybox'.replace('[', '[base '))
  })

  it('takes its folder from a session that comes as a call, until that ends', async () => {
    const context = await contextOf({ Dockerfile: 'FROM busybox\nCOPY word /word\n', word: 'x'.repeat(1_000_000) })
    using buildx = await client({ context, sessionByCall: true })
    await buildx.build({}, [image('called')])
    expect(await daemon.ok('run', '--rm', 'called', 'sh', '-c', 'wc -c < /word')).toBe('1000000')
    const again = { 'X-Docker-Expose-Session-Uuid': buildx.id }
    const failure = failureOf(buildx.control.session(NOTHING, { headers: again })[Symbol.asyncIterator]().next())
    expect((await failure).rawMessage).toContain(`session ${buildx.id} already exists`)
  })

  it('asks only for files that have changed, and for none that are left out', async () => {
    const files = {
      Dockerfile: 'FROM busybox\nCOPY . /all\n',
      '.dockerignore': 'Dockerfile\n*.log\n!keep.log\n',
      one: '1',
      'in/two': '2',
      'in/x.log': 'x',
      'keep.log': 'k',
    }
    const context = await contextOf({ ...files, 'out.log': 'x' })
    using buildx = await client({ context, sharedKey: 'asks' })
    await buildx.solve({}, [image('asks')])
    // A pattern without folders is for the topmost alone.
    expect(buildx.sent.splice(0).sort()).toEqual(['.dockerignore', 'in/two', 'in/x.log', 'keep.log', 'one'])
    await buildx.solve({}, [image('asks')])
    expect(buildx.sent).toEqual([])
    await writeFile(join(context, 'in/two'), 'two')
    await rm(join(context, 'one'))
    await buildx.solve({}, [image('asks')])
    expect(buildx.sent.splice(0)).toEqual(['in/two'])
    expect((await daemon.ok('run', '--rm', 'asks', 'sh', '-c', 'cd /all && find . -type f | sort && cat in/two')).split('\n')).toEqual([
      './.dockerignore',
      './in/two',
      './in/x.log',
      './keep.log',
      'two',
    ])
    // What is kept is not flushed: after a power cut nobody trusts it.
    const caches = join(daemon.dataRoot, 'build-caches')
    for (const name of await readdir(caches, { recursive: true })) {
      if (!name.endsWith('/index.json')) continue
      await writeFile(join(caches, name), (await readFile(join(caches, name), 'utf8')).replace(/"boot":"[^"]+"/, '"boot":"another"'))
    }
    await buildx.solve({}, [image('asks')])
    expect(buildx.sent.splice(0).sort()).toEqual(['.dockerignore', 'in/two', 'in/x.log', 'keep.log'])
    const kept = (await daemon.api('GET', '/system/df?type=build-cache')).json<{ BuildCache: { Type: string }[] }>()
    expect(kept.BuildCache.map(({ Type }) => Type)).toContain('source.local')
    expect((await buildx.control.diskUsage({})).record.map(({ recordType }) => recordType)).toContain('source.local')
    await daemon.ok('builder', 'prune', '-f')
    await buildx.solve({}, [image('asks')])
    expect(buildx.sent.sort()).toEqual(['.dockerignore', 'in/two', 'in/x.log', 'keep.log'])
  })

  it('knows in a stage the arguments of the one that it begins with, as the classic builder does not', async () => {
    const dockerfile = 'FROM busybox AS base\nARG A=1 B\nFROM base\nRUN echo "$A-$B"\n'
    using buildx = await client({ context: await contextOf({ Dockerfile: dockerfile }) })
    expect((await buildx.build({ 'build-arg:B': '2' })).told.logs).toBe('1-2\n')
    expect((await daemon.docker(['build', '-'], { input: dockerfile, env: { DOCKER_BUILDKIT: '0' } })).stdout).toContain('\n-\n')
  })

  it('says which lines of the Dockerfile failed', async () => {
    const context = await contextOf({ Dockerfile: 'FROM busybox\nRUN echo before \\\n  && exit 3\nRUN true\n' })
    using buildx = await client({ context })
    const failure = await failureOf(buildx.build())
    expect(failure.rawMessage).toBe('process "/bin/sh -c echo before   && exit 3" did not complete successfully: exit code: 3')
    const [source] = failure.findDetails(SourceSchema)
    expect(source?.ranges).toMatchObject([{ start: { line: 2 }, end: { line: 3 } }])
    await writeFile(join(context, 'Dockerfile'), 'FROM busybox\nFOO\n')
    expect((await failureOf(buildx.solve())).rawMessage).toBe('dockerfile parse error on line 2: unknown instruction: FOO (did you mean FROM?)')
  })

  it('hands its files over, as an archive', async () => {
    using buildx = await client({ context: await contextOf({ Dockerfile: 'FROM scratch\nCOPY word /in/\n', word: 'said' }) })
    await buildx.solve({}, [{ type: 'tar', attrs: {} }])
    expect((await fileTree(Readable.from([Buffer.concat(buildx.received)]))).map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual(
      ['/in directory 755', '/word file 644'].map((line) => line.replace('/word', '/in/word')),
    )
  })
})

describe('a secret', () => {
  it('is there for its step, and nowhere else', async () => {
    const secret = `not-for-${'others'}-7f3a`
    const step =
      'RUN --mount=type=secret,id=key,mode=0440,uid=5 stat -c "%a %u" /run/secrets/key && wc -c < /run/secrets/key && tr a-z A-Z < /run/secrets/key > /upper\nRUN ls /run/secrets 2>&1 | wc -l'
    using buildx = await client({ context: await contextOf({ Dockerfile: `FROM busybox\n${step}\n` }), secrets: { key: secret } })
    const { told } = await buildx.build({}, [image('secret')])
    expect(told.logs).toContain(`440 5\n${secret.length}\n`)
    expect(await daemon.ok('run', '--rm', 'secret', 'cat', '/upper')).toBe(secret.toUpperCase())
    expect(told.everything).not.toContain(secret)
    expect(await daemon.ok('history', '--no-trunc', 'secret')).not.toContain(secret)
    expect((await run('grep', ['-rlF', secret, daemon.dataRoot, join(daemon.root, 'log')])).stdout).toBe('')
  })

  it('that the client has not is an error where it is required, and nothing elsewhere', async () => {
    const context = await contextOf({
      Dockerfile: 'FROM busybox\nRUN --mount=type=secret,id=none ls /run/secrets || true\nRUN --mount=type=secret,id=must,required true\n',
    })
    using buildx = await client({ context })
    expect((await failureOf(buildx.build())).rawMessage).toBe('secret must: not found')
  })
})

describe('what is not honoured is refused by its name', () => {
  const definition = { def: [new Uint8Array([1])] }
  it.each([
    ['a graph of steps', { definition }, 'a raw LLB definition is not implemented by this engine, which builds Dockerfiles (frontend dockerfile.v0)'],
    ['another frontend', { frontend: 'gateway.v0' }, 'the frontend "gateway.v0" is not implemented by this engine, which builds Dockerfiles (dockerfile.v0)'],
    ['a foreign platform', { frontendAttrs: { platform: 'linux/s390x' } }, /^builds for the platform linux\/s390x are not implemented by this engine/],
    ['an attestation', { frontendAttrs: { 'attest:sbom': '' } }, 'an attestation (sbom) is not implemented by this engine'],
    ['an unknown option', { frontendAttrs: { new: '1' } }, 'the option new of dockerfile.v0 is not implemented by this engine'],
    ['a cache elsewhere', { cache: { exports: [{ type: 'gha', attrs: {} }] } }, 'cache export of the type gha (--cache-to) is not implemented by this engine'],
  ])('%s', async (_, request, message) => {
    using buildx = await client({ context: await contextOf({ Dockerfile: 'FROM scratch\n' }) })
    const failure = await failureOf(buildx.control.solve({ ref: `refused-${buildx.id}`, session: buildx.id, frontend: 'dockerfile.v0', ...request }))
    expect(failure.rawMessage).toEqual(typeof message === 'string' ? message : expect.stringMatching(message))
  })

  it('as is a tree that would lead out of its folder', async () => {
    const lies = [{ path: '../escaped', mode: 0o644, size: 1n }]
    using buildx = await client({ context: await contextOf({ Dockerfile: 'FROM scratch\nCOPY . /\n' }), lies })
    expect((await failureOf(buildx.solve())).rawMessage).toBe('invalid path in the build context: "../escaped"')
  })
})

describe('a client that puts its build together itself', () => {
  it('asks for the parts, and returns one', async () => {
    using buildx = await client({ context: await contextOf({ Dockerfile: 'FROM busybox\nENV A=1\n' }) })
    const ref = `gateway-${buildx.id}`
    const whole = buildx.control.solve({ ref, session: buildx.id, exporters: [image('gateway')] })
    const headers = { 'buildkit-controlapi-buildid': ref }
    expect((await buildx.gateway.ping({}, { headers })).frontendApiCaps.map(({ id }) => id)).toContain('return')
    const { result } = await buildx.gateway.solve({ frontend: 'dockerfile.v0' }, { headers })
    await buildx.gateway.return({ result }, { headers })
    expect(await daemon.ok('images', '-q', '--no-trunc', 'gateway')).toBe((await whole).exporterResponse['containerimage.digest'])
  })

  it('hears of its own mistake where it waits', async () => {
    using buildx = await client({ context: await contextOf({ Dockerfile: 'FROM busybox\nRUN false\n' }) })
    const ref = `mistake-${buildx.id}`
    const whole = failureOf(buildx.control.solve({ ref, session: buildx.id }))
    const headers = { 'buildkit-controlapi-buildid': ref }
    const { rawMessage } = await failureOf(buildx.gateway.solve({ frontend: 'dockerfile.v0' }, { headers }))
    await buildx.gateway.return({ error: { code: 2, message: rawMessage } }, { headers })
    expect((await whole).rawMessage).toContain('did not complete successfully: exit code: 1')
    expect((await whole).findDetails(SourceSchema)).toHaveLength(1)
  })
})

describe('builds that are over', () => {
  it('are remembered until somebody says that they are not to be', async () => {
    using buildx = await client({ context: await contextOf({ Dockerfile: 'FROM busybox\nENV A=history\n' }) })
    const [ref, told] = [`history-${buildx.id}`, new Told()]
    await Promise.all([buildx.solve({}, [], ref), told.listen(buildx.control.status({ ref }))])
    const remembered = async () => {
      const found: number[] = []
      for await (const { type } of buildx.control.listenBuildHistory({ ref, earlyExit: true })) found.push(type)
      return found
    }
    expect(await remembered()).toEqual([1])
    await buildx.control.updateBuildHistory({ ref, finalize: true })
    await buildx.control.updateBuildHistory({ ref, delete: true })
    expect(await remembered()).toEqual([])
    expect((await failureOf(buildx.control.updateBuildHistory({ ref, delete: true }))).rawMessage).toBe(`no build history record for ${ref}`)
  })

  it('say again what they have said, also after the engine was killed', async () => {
    const context = await contextOf({ Dockerfile: 'FROM busybox\nRUN echo said && exit 3\n' })
    using buildx = await client({ context })
    const [ref, before] = [`said-${buildx.id}`, new Told()]
    await Promise.all([failureOf(buildx.solve({ 'build-arg:A': '1' }, [], ref)), before.listen(buildx.control.status({ ref }))])
    await buildx.control.updateBuildHistory({ ref, pinned: true })
    await daemon.stop('SIGKILL')
    await daemon.start()
    using later = await client({ context })
    const after = new Told()
    await after.listen(later.control.status({ ref }))
    expect([after.logs, after.everything]).toEqual(['said\n', before.everything])
    for await (const { type, record } of later.control.listenBuildHistory({ ref, earlyExit: true })) {
      expect([type, record?.pinned, record?.frontendAttrs, record?.error?.message]).toEqual([
        1,
        true,
        { 'build-arg:A': '1' },
        'process "/bin/sh -c echo said && exit 3" did not complete successfully: exit code: 3',
      ])
    }
    // A client that asks for a running build's age would fall over without our clock.
    let headers = new Headers()
    for await (const _ of later.control.listenBuildHistory({ ref, earlyExit: true }, { onHeader: (all) => void (headers = all) })) break
    expect(Math.abs(Date.parse(headers.get('buildkit-current-timestamp') ?? '') - Date.now())).toBeLessThan(60_000)
  })

  it('have steps that no other build has: clients show several in one', async () => {
    using buildx = await client({ context: await contextOf({ Dockerfile: 'FROM busybox\nRUN true\n' }) })
    const digests = async () => new Set((await buildx.build()).told.responses.flatMap(({ vertexes }) => vertexes.map(({ digest }) => digest)))
    const [one, other] = [await digests(), await digests()]
    expect([one.size, other.size, new Set([...one, ...other]).size]).toEqual([5, 5, 10])
  })
})

it('is entered by an upgrade alone', async () => {
  for (const path of ['/session', '/grpc']) {
    const { status, body } = await daemon.api('POST', path)
    expect([status, JSON.parse(body)]).toEqual([400, { message: 'no upgrade proto in request' }])
  }
})
