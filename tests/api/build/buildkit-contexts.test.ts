import { mkdtemp, rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BuildKitClient, type ClientOptions } from '../../harness/buildkit/client.ts'
import { contextFolder, failureOf } from '../../harness/buildkit/context-folder.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'

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

test('what cannot stand for a name is refused', async () => {
  using buildx = await clientOf('FROM lib\nRUN true\n', { folders: { lib: await contextFolder(parent, { one: '1' }) } })
  expect((await failureOf(buildx.build({ 'context:lib': 'local:lib' }))).rawMessage).toContain('FROM lib: a folder as the base of a stage is not implemented')
  expect((await failureOf(buildx.build({ 'context:lib': 'https://example.org/lib.git' }))).rawMessage).toContain(
    'the named context lib (https://example.org/lib.git',
  )
})

test('stages may be built anew by their names', async () => {
  using buildx = await clientOf('FROM busybox AS one\nRUN echo one\nFROM busybox AS two\nRUN echo two\nFROM one\nCOPY --from=two /bin/sh /sh\n')
  await buildx.solve()
  const { told } = await buildx.build({ 'no-cache': 'TWO' })
  expect(told.logs).toBe('two\n')
  expect(told.steps).toEqual(expect.arrayContaining(['[one 2/2] RUN echo one CACHED', '[two 2/2] RUN echo two']))
})
