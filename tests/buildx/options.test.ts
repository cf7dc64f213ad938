import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contextFolder } from '../harness/buildkit/context-folder.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import type { Outcome } from '../harness/run.ts'
import { until } from '../harness/until.ts'
import { withBuildx } from './plugin.ts'

/** What people ask of `docker buildx build` beside the plain build. */

let daemon: TestDaemon
let folder: string
let environment: Record<string, string>
beforeAll(async () => {
  daemon = await startDaemon()
  folder = await mkdtemp('/tmp/er-buildx-options-')
  environment = await withBuildx(join(folder, 'config'))
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

function buildx(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return daemon.docker(['buildx', ...args], { env: { ...environment, ...env } })
}

/** Must succeed. @returns what it says of its steps */
async function built(args: readonly string[], env?: Record<string, string>): Promise<string> {
  const { code, stderr } = await buildx(['build', ...args], env)
  expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  return stderr
}

const contextOf = (dockerfile: string, files: Record<string, string> = {}) => contextFolder(folder, { Dockerfile: dockerfile, ...files })

test('a secret of the environment, in a variable', async () => {
  const context = await contextOf('FROM busybox\nRUN --mount=type=secret,id=key,env=KEY echo "$KEY" | tr a-z A-Z > /upper\n')
  await built(['-t', 'secret', '--secret', 'id=key,env=WORD', context], { WORD: 'whispered' })
  expect(await daemon.ok('run', '--rm', 'secret', 'cat', '/upper')).toBe('WHISPERED')
  expect(await daemon.ok('history', '--no-trunc', 'secret')).not.toContain('whispered')
})

test('an SSH agent', async () => {
  const agent = createServer((connection) => connection.pipe(connection))
  const path = join(folder, 'agent')
  await new Promise<void>((resolve) => agent.listen(path, resolve))
  const context = await contextOf('FROM busybox\nRUN --mount=type=ssh,required stat -c %F $SSH_AUTH_SOCK\n')
  expect(await built(['--ssh', `default=${path}`, context])).toContain(' socket\n')
  const without = await buildx(['build', '--no-cache', context])
  expect([without.code, without.stderr]).toEqual([1, expect.stringContaining('no SSH key "default" forwarded from the client')])
  agent.close()
})

test('named contexts', async () => {
  const lib = await contextFolder(folder, { one: 'of the folder' })
  const context = await contextOf('FROM base AS b\nFROM b\nCOPY --from=lib one /\n')
  await built(['-t', 'named', '--build-context', `lib=${lib}`, '--build-context', 'base=docker-image://busybox', context])
  expect(await daemon.ok('run', '--rm', 'named', 'cat', '/one')).toBe('of the folder')
})

test('stages built anew', async () => {
  const context = await contextOf('FROM busybox AS one\nRUN echo of one\nFROM busybox AS two\nRUN echo of two\nFROM one\nCOPY --from=two /bin/sh /sh\n')
  await built([context])
  const text = await built(['--no-cache-filter', 'two', context])
  // What a step prints has the time in front of it.
  expect(text).toMatch(/^#\d+ [\d.]+ of two$/m)
  expect(text).not.toMatch(/^#\d+ [\d.]+ of one$/m)
})

test('a build that is interrupted leaves nothing', async () => {
  const context = await contextOf('FROM busybox\nRUN echo begun && sleep 600\n')
  const env = { ...process.env, DOCKER_HOST: `unix://${daemon.socketPath}`, ...environment }
  const child = spawn('docker', ['buildx', 'build', context], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  await until('the step to run', async () => / begun\n/.test(said), 30_000)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGINT')
  await ended
  expect(await daemon.lastTraces()).toEqual([])
})

test('bake builds two targets at once', async () => {
  const context = await contextOf('FROM busybox AS one\nRUN echo of one\nFROM busybox AS two\nRUN echo of two\n')
  const file = join(folder, 'docker-bake.json')
  const target = (name: string) => ({ context, target: name, tags: [`baked:${name}`] })
  await writeFile(file, JSON.stringify({ group: { default: { targets: ['one', 'two'] } }, target: { one: target('one'), two: target('two') } }))
  const { code, stderr } = await buildx(['bake', '-f', file], { BUILDX_BAKE_ENTITLEMENTS_FS: '0' })
  expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  for (const name of ['one', 'two'])
    for (const step of ['internal] load build definition', 'exporting to image']) {
      expect(stderr).toMatch(new RegExp(`^#\\d+ \\[${name} ${step}|^#\\d+ \\[${name}\\] ${step}`, 'm'))
    }
  expect((await daemon.ok('images', '--format', '{{.Tag}}', 'baked')).split('\n').sort()).toEqual(['one', 'two'])
})

test('checks', async () => {
  const context = await contextOf('# main is the one\nFROM busybox as main\nCMD true\n')
  const checked = await buildx(['build', '--check', context])
  expect([checked.code, checked.stdout]).toEqual([
    1,
    expect.stringMatching(/^Check complete, 2 warnings have been found!\n\nWARNING: FromAsCasing - https:.*JSONArgs.*3 \| >>> CMD true/s),
  ])
  expect(await buildx(['build', '--check', await contextOf('FROM busybox\n')])).toMatchObject({ code: 0, stdout: 'Check complete, no warnings found.\n' })
  expect((await buildx(['build', '--call=targets', context])).stdout).toMatch(/^TARGET +DESCRIPTION\nmain \(default\) +is the one\n$/)
  expect(await built([context])).toContain('2 warnings found')
})

test('the history of builds', async () => {
  await built([await contextOf('FROM busybox\nRUN echo remembered\n')])
  const list = async () => (await buildx(['history', 'ls', '--format', '{{.Ref}}'])).stdout.split('\n')
  const [ref = ''] = await list()
  expect(await buildx(['history', 'inspect', ref])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Build Steps:\t6\/6/m) })
  expect((await buildx(['history', 'rm', ref])).code).toBe(0)
  expect(await list()).not.toContain(ref)
})
