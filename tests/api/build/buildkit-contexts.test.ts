import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BuildKitClient, type ClientOptions } from '../../harness/buildkit/client.ts'
import { contextFolder, failureOf } from '../../harness/buildkit/context-folder.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { GitRepository } from '../../harness/git-repository.ts'
import { run } from '../../harness/run.ts'
import { serving } from '../../harness/serving.ts'
import { sha256, tar } from '../images/archives.ts'
import { servedImage } from '../images/registry-server.ts'

/** `--build-context` and `--no-cache-filter`, by BuildKit's protocol. */

let daemon: TestDaemon
let parent: string
beforeAll(async () => {
  daemon = await startDaemon()
  parent = await mkdtemp('/tmp/er-buildkit-contexts-')
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await rm(parent, { recursive: true, force: true })
})

const clientOf = async (dockerfile: string, options: Partial<ClientOptions> = {}) =>
  BuildKitClient.connect(daemon.socketPath, { context: await contextFolder(parent, { Dockerfile: dockerfile }), ...options })
const image = (name: string) => ({ type: 'moby', attrs: { name } })

test('a folder of the client stands for a name, and is sent once', async () => {
  const lib = await contextFolder(parent, { one: '1', 'in/two': '2', 'x.log': 'x', '.dockerignore': '*.log\n' })
  const dockerfile = 'FROM busybox AS a\nCOPY --from=lib . /lib\nFROM a\nRUN --mount=from=lib,target=/l ls /l\nCOPY --from=lib in/two /\n'
  const options = { folders: { 'lib-folder': lib }, sharedKey: 'contexts' }
  using buildx = await clientOf(dockerfile, options)
  const { told } = await buildx.build({ 'context:lib': 'local:lib-folder' }, [image('folder')])
  expect(told.logs).toBe('in\none\n')
  expect(told.steps).toEqual(expect.arrayContaining(['[context lib] load .dockerignore', '[context lib] load from client']))
  expect(buildx.sent.filter((path) => path.startsWith('lib-folder/')).sort()).toEqual(['lib-folder/.dockerignore', 'lib-folder/in/two', 'lib-folder/one'])
  expect(await daemon.ok('run', '--rm', 'folder', 'sh', '-c', 'cat /two /lib/one; ls /lib')).toBe('21in\none')
  buildx.sent.length = 0
  const again = await buildx.build({ 'context:lib': 'local:lib-folder' })
  expect(buildx.sent).toEqual([])
  expect(again.told.steps).toEqual(expect.arrayContaining(['[a 2/2] COPY --from=lib . /lib CACHED', '[stage-1 3/3] COPY --from=lib in/two / CACHED']))
})

test('an image stands for a name, of an image or of a stage', async () => {
  using base = await clientOf('FROM busybox\nRUN echo other > /which\n')
  await base.solve({}, [image('other:1')])
  const dockerfile = 'FROM registry.invalid/never:2 AS first\nFROM busybox AS tools\nRUN false\nFROM first\nCOPY --from=tools /which /tool\n'
  using buildx = await clientOf(dockerfile)
  const contexts = { 'context:registry.invalid/never:2': 'docker-image://other:1', 'context:tools': 'docker-image://other:1' }
  await buildx.solve(contexts, [image('replaced')])
  expect(await daemon.ok('run', '--rm', 'replaced', 'cat', '/which', '/tool')).toBe('other\nother')
})

test('a folder of the client is the base of a stage: its files, and nothing configured', async () => {
  const root = await contextFolder(parent, { word: 'said', 'in/two': '2' })
  using buildx = await clientOf('FROM lib AS base\nENV A=1\nFROM base\nCOPY --from=lib word /copy\n', { folders: { root }, sharedKey: 'base' })
  const options = { 'context:lib': 'local:root' }
  const { told } = await buildx.build(options, [image('based')])
  expect(told.steps).toContain('[base 1/1] FROM lib')
  using checked = await clientOf('FROM busybox\nRUN --mount=from=based,target=/b cd /b && cat copy word in/two && stat -c %u:%g . word in\n')
  expect((await checked.build()).told.logs).toBe('saidsaid20:0\n0:0\n0:0\n')
  const { Config, RootFS } = (await daemon.api('GET', '/images/based/json')).json<{ Config: { Env: string[]; Cmd?: string[] }; RootFS: { Layers: string[] } }>()
  expect([Config.Env.slice(1), Config.Cmd ?? null, RootFS.Layers.length]).toEqual([['A=1'], null, 2])
  expect((await buildx.build(options)).told.steps).toContain('[base 1/1] FROM lib CACHED')
  await writeFile(join(root, 'word'), 'other')
  expect((await buildx.build(options)).told.steps).toContain('[base 1/1] FROM lib')
})

test('a git repository stands for a name, at a revision and one folder of it', async () => {
  await using repository = await GitRepository.create()
  await repository.commit({ word: 'first' }, 'v1')
  await repository.commit({ word: 'second', 'sub/deep': 'below' })
  await serving(repository.serve, async (url) => {
    using buildx = await clientOf('FROM sub AS base\nFROM busybox\nCOPY --from=old . /old\nRUN --mount=from=new,target=/n ls -A /n\nCOPY --from=base / /sub\n')
    const contexts = { 'context:old': `${url}/x.git#v1`, 'context:new': `${url}/x.git`, 'context:sub': `${url}/x.git#main:sub` }
    const { told } = await buildx.build(contexts, [image('git')])
    expect(told.logs).toBe('sub\nword\n')
    expect(told.steps).toContain(`[internal] load git source ${url}/x.git#v1`)
    expect(await daemon.ok('run', '--rm', 'git', 'cat', '/old/word', '/sub/deep')).toBe('firstbelow')
    const missing = await failureOf(buildx.build({ ...contexts, 'context:old': `${url}/x.git#nosuch` }))
    expect(missing.rawMessage).toContain(`unable to fetch ${url}/x.git: `)
    expect((await failureOf(buildx.build({ ...contexts, 'context:old': `${url}/x.git#main:no` }))).rawMessage).toBe(`no is no folder of ${url}/x.git`)
  })
})

test('a repository that is not for everybody is opened with a secret of the client', async () => {
  await using repository = await GitRepository.create()
  await repository.commit({ Dockerfile: 'FROM busybox\nCOPY --from=lib word /\nRUN cat /word\n', word: 'private' })
  repository.authorization = `basic ${btoa('x-access-token:t0ken-of-git')}`
  await serving(repository.serve, async (url) => {
    const address = `${url}/x.git`
    const options = { context: address, 'context:lib': address }
    const { host } = new URL(url)
    for (const secrets of [{ GIT_AUTH_TOKEN: 't0ken-of-git' }, { [`GIT_AUTH_HEADER.${host}`]: repository.authorization ?? '', GIT_AUTH_TOKEN: 'of another' }]) {
      using buildx = await clientOf('', { secrets })
      const { told } = await buildx.build({ ...options, 'no-cache': '' })
      expect([told.logs, told.everything.includes('t0ken')]).toEqual(['private', false])
    }
    using without = await clientOf('', { secrets: { 'GIT_AUTH_TOKEN.example.org': 't0ken-of-git' } })
    expect((await failureOf(without.build(options))).rawMessage).toContain(`unable to fetch ${address}: `)
    using adding = await clientOf(`FROM busybox\nADD --keep-git-dir ${address} /all\nRUN grep -r t0ken /all || cat /all/word\n`, {
      secrets: { GIT_AUTH_TOKEN: 't0ken-of-git' },
    })
    expect((await adding.build()).told.logs).toBe('private')
  })
  expect(
    (await run('grep', ['-rlaF', '-e', 't0ken-of-git', '-e', btoa('x-access-token:t0ken-of-git'), daemon.dataRoot, join(daemon.root, 'log')])).stdout,
  ).toBe('')
})

test('what is at an address stands for a name, as one file', async () => {
  await serving(
    (request, response) => response.writeHead(request.url === '/archive.tar.gz' ? 200 : 404).end('bytes'),
    async (url) => {
      using buildx = await clientOf('FROM archive AS base\nFROM busybox\nCOPY --from=archive context /copy\nCOPY --from=base / /base\n')
      const { told } = await buildx.build({ 'context:archive': `${url}/archive.tar.gz` }, [image('web')])
      expect(told.steps).toContain(`[context archive] ${url}/archive.tar.gz`)
      expect(await daemon.ok('run', '--rm', 'web', 'cat', '/copy', '/base/context')).toBe('bytesbytes')
      expect((await failureOf(buildx.build({ 'context:archive': `${url}/none` }))).rawMessage).toContain(`failed to GET ${url}/none with status 404`)
    },
  )
})

test('an image in a folder of the client stands for a name', async () => {
  const { manifest, blobs } = servedImage([await tar([['in-layout', 'stored']])])
  using buildx = await clientOf('FROM lib AS base\nFROM busybox\nCOPY --from=lib /in-layout /copy\nCOPY --from=base / /base\n')
  const store = buildx.stores.of('oci:laid/out')
  const digest = `sha256:${sha256(manifest)}`
  for (const [name, blob] of [...blobs, [digest, Buffer.from(manifest)] as const]) store.set(name, blob)
  const { told } = await buildx.build({ 'context:lib': `oci-layout://laid/out:1@${digest}` }, [image('layout')])
  expect(told.steps).toContain('[context lib] OCI load from client')
  expect(await daemon.ok('run', '--rm', 'layout', 'cat', '/copy', '/base/in-layout')).toBe('storedstored')
  store.set(digest, Buffer.from(`${manifest} `))
  using other = await clientOf('FROM lib\n')
  expect((await failureOf(other.build({ 'context:lib': `oci-layout://laid/out:1@${digest}` }))).rawMessage).toBe(`content ${digest}: not found`)
  expect((await failureOf(buildx.build({ 'context:lib': `oci-layout://laid/out:1@${digest}` }))).rawMessage).toBe(
    `manifest verification failed for digest ${digest}`,
  )
})

test('what cannot stand for a name is refused', async () => {
  using buildx = await clientOf('FROM lib\nRUN true\n')
  for (const [value, message] of [
    ['input:other', 'invalid input other for lib'],
    ['ftp://example.org/x', 'unsupported context source ftp for lib'],
    ['x', 'invalid context specifier x for lib'],
    ['oci-layout://x:1', 'oci-layout reference "x:1" has no digest'],
  ] as const) {
    expect((await failureOf(buildx.build({ 'context:lib': value }))).rawMessage).toBe(message)
  }
})

test('what another result has become stands for a name, as bake hands it on', async () => {
  using base = await clientOf('FROM busybox\nRUN echo based > /word\nENV KEPT=yes\n')
  using linked = await clientOf('FROM base\nRUN echo "$KEPT" >> /word\nFROM busybox\nCOPY --from=base /word /theirs\nCOPY --from=0 /word /word\n')
  const ref = `base-${base.id}`
  const whole = base.control.solve({ ref, session: base.id })
  const headers = { 'buildkit-controlapi-buildid': ref }
  const { result } = await base.gateway.solve({ frontend: 'dockerfile.v0' }, { headers })
  const solve = (input: object = {}) =>
    linked.control.solve({
      ref: randomUUID(),
      session: linked.id,
      frontend: 'dockerfile.v0',
      frontendAttrs: { 'context:base': 'input:0-base' },
      frontendInputs: { '0-base': input },
      exporters: [image('linked')],
    })
  // The first result has no name; a prune leaves it while its build goes on.
  await daemon.ok('image', 'prune', '--force')
  await solve(result?.ref?.def)
  expect(await daemon.ok('run', '--rm', 'linked', 'cat', '/theirs', '/word')).toBe('based\nbased\nyes')
  for (const def of [[], [Buffer.from('no graph'), Buffer.from('at all')], (result?.ref?.def?.def ?? []).toReversed()])
    expect((await failureOf(solve({ def }))).rawMessage).toContain('a raw LLB definition is not implemented by this engine')
  await base.gateway.return({ result }, { headers })
  await whole
})

test('a context from elsewhere is built by a Dockerfile of the client, and has no history unless that is asked for', async () => {
  await using repository = await GitRepository.create()
  await repository.commit({ word: 'afar', Dockerfile: 'FROM busybox\nRUN echo theirs\nCOPY . /all\nRUN ls -A /all\n' })
  await serving(repository.serve, async (url) => {
    using buildx = await clientOf('FROM busybox\nCOPY word /\nRUN cat /word\n')
    const context = `${url}/x.git`
    expect((await buildx.build({ context, dockerfilekey: 'dockerfile' })).told.logs).toBe('afar')
    expect((await buildx.build({ context })).told.logs).toBe('theirs\nDockerfile\nword\n')
    expect((await buildx.build({ context, 'build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR': '1' })).told.logs).toBe('.git\nDockerfile\nword\n')
  })
})

test('stages may be built anew by their names', async () => {
  using buildx = await clientOf('FROM busybox AS one\nRUN echo one\nFROM busybox AS two\nRUN echo two\nFROM one\nCOPY --from=two /bin/sh /sh\n')
  await buildx.solve()
  const { told } = await buildx.build({ 'no-cache': 'TWO' })
  expect(told.logs).toBe('two\n')
  expect(told.steps).toEqual(expect.arrayContaining(['[one 2/2] RUN echo one CACHED', '[two 2/2] RUN echo two']))
})
