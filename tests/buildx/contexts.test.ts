import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contextFolder } from '../harness/buildkit/context-folder.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { GitRepository } from '../harness/git-repository.ts'
import type { Outcome } from '../harness/run.ts'
import { serving } from '../harness/serving.ts'
import { withBuildx } from './plugin.ts'

/** What `docker buildx` builds from elsewhere, asks without building, and remembers. */

let daemon: TestDaemon
let folder: string
let environment: Record<string, string>
beforeAll(async () => {
  daemon = await startDaemon()
  folder = await mkdtemp('/tmp/er-buildx-contexts-')
  environment = await withBuildx(join(folder, 'config'))
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const buildx = (...args: string[]): Promise<Outcome> => daemon.docker(['buildx', ...args], { env: environment })

/** Must succeed. @returns its two outputs */
async function done(...args: string[]): Promise<Outcome> {
  const outcome = await buildx(...args)
  expect([outcome.code, outcome.code === 0 ? '' : outcome.stderr]).toEqual([0, ''])
  return outcome
}

test('named contexts of git, of the web, of a folder and of an OCI layout', async () => {
  await using repository = await GitRepository.create()
  await repository.commit({ word: 'of git', 'sub/deep': 'below' }, 'v1')
  const layout = join(folder, 'layout')
  await done('build', '-o', `type=oci,tar=false,dest=${layout}`, await contextFolder(folder, { Dockerfile: 'FROM busybox\nRUN echo laid > /laid\n' }))
  const lib = await contextFolder(folder, { own: 'of the folder' })
  const dockerfile = 'FROM sub AS a\nFROM lib AS b\nFROM laid\nCOPY --from=a / /a\nCOPY --from=b / /b\nCOPY --from=git word /\nCOPY --from=web context /web\n'
  const context = await contextFolder(folder, { Dockerfile: dockerfile })
  await serving(
    (request, response) => (request.url === '/file' ? response.end('of the web') : repository.serve(request, response)),
    async (url) => {
      const contexts = { git: `${url}/x.git#v1`, sub: `${url}/x.git#main:sub`, web: `${url}/file`, laid: `oci-layout://${layout}`, lib }
      await done('build', '-t', 'named', ...Object.entries(contexts).flatMap(([name, value]) => ['--build-context', `${name}=${value}`]), context)
    },
  )
  expect(await daemon.ok('run', '--rm', 'named', 'sh', '-c', 'cat /a/deep /b/own /word /web /laid')).toBe('belowof the folderof gitof the weblaid')
})

test('a context of git, built and asked', async () => {
  await using repository = await GitRepository.create()
  await repository.commit({ Dockerfile: 'FROM busybox AS Far\n# WHO it greets\nARG WHO=you\nRUN --mount=type=secret,id=key echo hello $WHO\n' })
  await serving(repository.serve, async (url) => {
    expect((await done('build', `${url}/x.git`)).stderr).toContain('hello you')
    expect((await done('build', '--call=outline', '--build-arg', 'WHO=me', `${url}/x.git`)).stdout).toMatch(/WHO +me +it greets[\s\S]*SECRET +REQUIRED\nkey/)
    const json = JSON.parse((await done('build', '--call=outline,format=json', `${url}/x.git`)).stdout)
    expect(json).toMatchObject({ name: 'far', args: [{ name: 'WHO', value: 'you' }], secrets: [{ name: 'key' }] })
    const check = await buildx('build', '--check', `${url}/x.git`)
    expect([check.code, check.stdout]).toEqual([1, expect.stringContaining('StageNameCasing')])
  })
})

test('a build that is over, after a restart of the engine', async () => {
  const context = await contextFolder(folder, { Dockerfile: 'FROM busybox\nRUN echo remembered\n' })
  await done('build', '--build-arg', 'A=1', context)
  await daemon.stop()
  await daemon.start()
  expect((await done('history', 'logs')).stderr).toMatch(/^#\d+ [\d.]+ remembered$/m)
  const inspected = JSON.parse((await done('history', 'inspect', '--format', 'json')).stdout)
  expect(inspected).toMatchObject({ Status: 'completed', BuildArgs: [{ Name: 'A', Value: '1' }], NumTotalSteps: 7 })
  const refs = (await done('history', 'ls', '--format', '{{.Ref}}')).stdout.trim().split('\n')
  await done('history', 'rm', '--all')
  expect([refs.length > 1, (await done('history', 'ls', '--format', '{{.Ref}}')).stdout]).toEqual([true, ''])
})
