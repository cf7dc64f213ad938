import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freeNetwork } from '../harness/daemon.ts'
import { leaveTheKernel, prefixOf, tracesInKernel } from '../harness/leaks.ts'
import { underAdministrator } from '../harness/managed.ts'
import { run } from '../harness/run.ts'
import { until } from '../harness/until.ts'

const START = fileURLToPath(new URL('../../build/start.ts', import.meta.url))

let root: string
let flags: string[]
let bridge: string

beforeEach(async () => {
  root = await mkdtemp('/tmp/er-')
  const network = await freeNetwork()
  bridge = network.bridge
  flags = [
    '-H',
    `unix://${root}/docker.sock`,
    '--data-root',
    `${root}/data`,
    '--exec-root',
    `${root}/exec`,
    '--bridge',
    bridge,
    '--bip',
    `${network.subnet}.1/24`,
  ]
})

afterEach(async () => {
  await leaveTheKernel(bridge, `${root}/data`)
  await rm(root, { recursive: true, force: true })
})

const docker = (...args: string[]) => run('docker', args, { env: { DOCKER_HOST: `unix://${root}/docker.sock` } })

const withoutDisplay = { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' }

test('npm start -- --exit runs a first container, shows its line, and ends with 0', async () => {
  const { code, stdout, stderr } = await run(process.execPath, [START, '--exit', ...flags], { env: withoutDisplay })
  expect(stderr).toContain('starting the engine: done in')
  expect(stdout).toContain('Hello from Engineroom')
  expect(code).toBe(0)
  expect(await tracesInKernel({ root, dataRoot: `${root}/data`, execRoot: `${root}/exec` })).toEqual([])
  expect(await readdir(`${root}/data/containers`)).toEqual([])
  expect(await readdir(`${root}/exec`)).toEqual(['web-console'])
  expect((await run('ip', ['link', 'show', bridge])).code).toBe(1)
  expect((await run('nft', ['list', 'tables'])).stdout).not.toContain(`engineroom-${prefixOf(`${root}/data`)}`)
})

test('npm start leaves the words of the log to an administrator who has locked them', async () => {
  const [program = '', ...words] = await underAdministrator(root, { engine: { locked: { 'log-level': 'error' } } })
  const { code, stdout, stderr } = await run(program, [...words, process.execPath, START, '--exit', ...flags], { env: withoutDisplay })
  expect(stderr).not.toContain('log-level')
  expect(stdout).toContain('Hello from Engineroom')
  expect(code).toBe(0)
})

test('npm start shows the way on; Ctrl-C stops the engine, and says that a container goes on', async () => {
  const started = startInTheForeground()
  await until('the way on', () => started.output().includes('Ctrl-C'))
  expect(started.output()).toContain(`export DOCKER_HOST=unix://${root}/docker.sock`)
  const url = /web console\s+(http:\S+token=\S+)/.exec(started.output())?.[1]
  expect((await fetch(url ?? '', { redirect: 'manual' })).status).toBe(303)
  expect((await docker('run', '-d', '--name', 'stays', 'busybox', 'sleep', '1000')).code).toBe(0)

  started.child.kill('SIGINT')
  const [code] = await once(started.child, 'close')
  expect(started.output()).toContain('one container goes on running')
  expect(code).toBe(0)
  expect((await docker('ps')).code).not.toBe(0)
  expect((await run('pgrep', ['-f', `${root}/exec/`])).stdout).not.toBe('')

  const again = startInTheForeground()
  await until('the second start', () => again.output().includes('Ctrl-C'))
  expect((await docker('ps', '--format', '{{.Names}}')).stdout).toBe('stays\n')
  expect((await docker('rm', '-f', 'stays')).code).toBe(0)
  again.child.kill('SIGTERM')
  await once(again.child, 'close')
  expect(again.output()).toContain('no container was running')
})

test('a flag that the daemon does not know is refused before anything happens', async () => {
  const { code, stderr } = await run(process.execPath, [START, '--exit', '--no-such-flag'], { env: withoutDisplay })
  expect(code).not.toBe(0)
  expect(stderr).toContain("unknown option '--no-such-flag'")
})

function startInTheForeground(): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, [START, ...flags], { env: withoutDisplay, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk
    })
  }
  return { child, output: () => text }
}
