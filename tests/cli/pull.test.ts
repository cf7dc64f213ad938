import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Registry } from '../api/images/registry-server.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { engineroom, terminal } from './ours.ts'

let daemon: TestDaemon
let registry: Registry
let image: string
beforeAll(async () => {
  registry = await Registry.start({ withPassword: true })
  daemon = await startDaemon()
  image = registry.name('team/tool:1')
  await daemon.ok('login', '-u', 'user', '-p', 'secret', registry.name('').slice(0, -1))
  await daemon.ok('tag', 'busybox', image)
  await daemon.ok('push', image)
  await daemon.ok('rmi', image, 'busybox')
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
})

test('the steps are plain lines without a terminal, the name alone with -q', async () => {
  const { code, stdout } = await engineroom(daemon, ['pull', image])
  const steps = 'Pulling fs layer|Verifying Checksum|Download complete|Pull complete'
  expect(code).toBe(0)
  expect(stdout).toMatch(
    new RegExp(
      `^1: Pulling from team/tool\\n([0-9a-f]{12}: (${steps})\\n)+Digest: sha256:[0-9a-f]{64}\\nStatus: Downloaded newer image for ${image}\\n${image}\\n$`,
    ),
  )
  expect(await engineroom(daemon, ['pull', '-q', image])).toMatchObject({ code: 0, stdout: `${image}\n` })
  await daemon.ok('rmi', image)
})

test('on a terminal a layer keeps its line', async () => {
  await using session = terminal(daemon, `pull ${image}`)
  expect(await session.ended).toBe(0)
  expect(session.stdout).toMatch(/\x1b\[1A\x1b\[2K\r+[0-9a-f]{12}: Pull complete \r+\x1b\[1BDigest: sha256:/)
  await daemon.ok('rmi', image)
})

test('run fetches what is missing, tells about it on standard error, and is silent with -q', async () => {
  const loud = await engineroom(daemon, ['run', '--rm', image, 'echo', 'hello'])
  expect([loud.code, loud.stdout]).toEqual([0, 'hello\n'])
  expect(loud.stderr).toMatch(new RegExp(`^Unable to find image '${image}' locally\\n1: Pulling from team/tool\\n`))
  await daemon.ok('rmi', image)
  expect(await engineroom(daemon, ['run', '--rm', '-q', image, 'echo', 'hello'])).toEqual({ code: 0, stdout: 'hello\n', stderr: '' })
  const again = await engineroom(daemon, ['run', '--rm', '--pull', 'always', image, 'echo', 'hello'])
  expect([again.code, again.stderr]).toEqual([0, expect.stringContaining('Status: Image is up to date')])
})

test('without credentials a private image stays private', async () => {
  const folder = await mkdtemp('/tmp/er-')
  await writeFile(join(folder, 'config.json'), '{}')
  const stranger = await engineroom(daemon, ['pull', image], { env: { DOCKER_CONFIG: folder } })
  const theirs = await daemon.docker(['pull', image], { env: { DOCKER_CONFIG: folder } })
  expect([stranger.code, stranger.stderr]).toEqual([1, theirs.stderr])
  await rm(folder, { recursive: true })
})
