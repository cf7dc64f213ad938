import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PATIENCE_MS, RealVm } from '../harness/real-vm.ts'
import { until } from '../harness/until.ts'

/** The data disk of a real machine moves, with an engine that has written to it. The tests go on from one another. */
let vm: RealVm

beforeAll(async () => {
  vm = await RealVm.create()
  await vm.prepare('--cpus', '1', '--share', 'none')
  const context = join(vm.home, 'context')
  await mkdir(context)
  await writeFile(join(context, 'Dockerfile'), `FROM busybox\nRUN head -c ${NOISE_BYTES} /dev/urandom >/noise; sha256sum /noise >/sum\n`)
  await vm.ok('build', '-q', '-t', 'noise', context)
  await vm.ok('run', '--name', 'made', '-v', 'kept:/kept', 'busybox', 'sh', '-c', 'echo of the container >/file; echo of the volume >/kept/file')
})
afterAll(() => vm?.[Symbol.asyncDispose]())

const NOISE_BYTES = 100_000_000

const place = (...names: string[]) => join(vm.home, ...names)
const move = (dir: string) => vm.vm(['move', dir], { timeoutMs: 2 * PATIENCE_MS })
const disksIn = async (folder: string) => (await readdir(folder).catch(() => [])).filter((name) => name.startsWith('data.qcow2'))

/** What was written before the first move. */
async function expectWhole(): Promise<void> {
  expect(await vm.ok('run', '--rm', 'noise', 'sha256sum', '-c', '/sum')).toBe('/noise: OK')
  expect(await vm.ok('run', '--rm', '-v', 'kept:/kept', 'busybox', 'cat', '/kept/file')).toBe('of the volume')
  await vm.ok('cp', 'made:/file', place('file'))
  expect(await readFile(place('file'), 'utf8')).toBe('of the container\n')
}

test('with containers, images and volumes; the old file is gone', async () => {
  const { code, stderr } = await move(place('one'))
  expect([code, stderr]).toEqual([0, expect.stringContaining('Verifying: 100 %')])
  process.stdout.write(stderr)
  expect(await vm.status()).toMatchObject({ state: 'running', disk: { path: place('one/data.qcow2') } })
  expect([await disksIn(vm.file('default', '')), await disksIn(place('one'))]).toEqual([[], ['data.qcow2']])
  await expectWhole()
})

test('killed while it copies: the next start has all of it, in one place', async () => {
  const launcher = fileURLToPath(new URL('../../engineroom', import.meta.url))
  const child = spawn(launcher, ['vm', 'move', place('two')], { env: { ...process.env, ...vm.env }, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
    if (said.includes('Copying')) child.kill('SIGKILL')
  })
  expect(await once(child, 'close')).toEqual([null, 'SIGKILL'])
  await vm.start()
  expect([...(await disksIn(place('one'))), ...(await disksIn(place('two')))]).toEqual(['data.qcow2'])
  await expectWhole()
})

test('a machine whose supervisor was killed is shut down before its disk is copied', async () => {
  const pid = Number.parseInt(await readFile(vm.file('default', 'supervisor.pid'), 'utf8'), 10)
  process.kill(pid, 'SIGKILL')
  await until('the supervisor to be gone', async () => (await vm.vm(['status'])).code === 3, PATIENCE_MS)
  const { code, stderr } = await move(place('three'))
  expect([code, stderr]).toEqual([0, expect.stringContaining('shutting down a machine that was left over')])
  expect([(await vm.status()).state, await disksIn(place('three'))]).toEqual(['stopped', ['data.qcow2']])
  await vm.start()
  await expectWhole()
  expect((await vm.vm(['reset', 'repair'], { timeoutMs: PATIENCE_MS })).code).toBe(0)
  await expectWhole()
  expect(await disksIn(place('three'))).toEqual(['data.qcow2'])
})
