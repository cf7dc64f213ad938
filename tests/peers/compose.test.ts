import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { type Outcome, run } from '../harness/run.ts'
import { freePort } from '../harness/tcp.ts'
import { until } from '../harness/until.ts'

/** docker-compose 1.29, written in Python on Docker's own SDK, takes a project through its life; each test goes on where the last one stopped. */

const PROJECT = fileURLToPath(new URL('compose-project', import.meta.url))

let daemon: TestDaemon
let port: number
beforeAll(async () => {
  port = await freePort()
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

function compose(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const where = {
    DOCKER_HOST: `unix://${daemon.socketPath}`,
    DOCKER_CONFIG: join(daemon.root, 'docker-config'),
    DOCKER_BUILDKIT: '0',
    COMPOSE_DOCKER_CLI_BUILD: '0',
    PORT: String(port),
  }
  return run(
    '/usr/bin/docker-compose',
    ['--project-name', 'shop', '--project-directory', PROJECT, '--file', join(PROJECT, 'docker-compose.yml'), '--ansi', 'never', ...args],
    {
      env: { ...where, ...env },
    },
  )
}

/** It must succeed. @returns what it prints */
async function composed(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { code, stdout, stderr } = await compose(args, env)
  if (code !== 0) throw new Error(`docker-compose ${args.join(' ')}: exit ${code}\n${stderr}${stdout}\n--- daemon ---\n${(await daemon.log()).slice(-3000)}`)
  return stdout + stderr
}

/** Names of the containers of a service that run. */
async function runningOf(service: string): Promise<string[]> {
  return (await daemon.ok('ps', '--filter', `label=com.docker.compose.service=${service}`, '--format', '{{.Names}}')).split('\n').sort()
}

async function page(): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/`)).text()
}

test('up builds, makes networks and volumes, and starts what others wait for first', async () => {
  const output = await composed(['up', '--detach'])
  expect(output).toContain('Successfully tagged shop_web:latest')
  for (const service of ['store', 'web', 'worker']) expect(await runningOf(service)).toEqual([`shop_${service}_1`])
  expect(await daemon.ok('inspect', '--format', '{{.State.Health.Status}}', 'shop_store_1')).toBe('healthy')
  expect((await daemon.ok('network', 'ls', '--filter', 'label=com.docker.compose.project=shop', '--format', '{{.Name}}')).split('\n').sort()).toEqual([
    'shop_back',
    'shop_front',
  ])
  expect(await daemon.ok('volume', 'ls', '--filter', 'label=com.docker.compose.project=shop', '--format', '{{.Name}}')).toBe('shop_data')
  expect(await until('the page', page)).toBe('page built here\n')
})

test('exec passes output and the exit code on; services find each other by name and by alias', async () => {
  const { code, stdout } = await compose([
    'exec',
    '-T',
    'web',
    'sh',
    '-c',
    'for name in store database shop_store_1; do wget -qO- http://$name/file; done; exit 4',
  ])
  expect([code, stdout]).toEqual([4, 'kept\n'.repeat(3)])
})

test('logs are those of each service', async () => {
  const output = await composed(['logs', '--no-color', 'web', 'worker'])
  expect(output).toMatch(/^web_1 +\| hello$/m)
  expect(output).toMatch(/^worker_1 +\| working$/m)
})

test('scale starts more of a service', async () => {
  await composed(['up', '--detach', '--no-recreate', '--scale', 'worker=3', 'worker'])
  expect(await runningOf('worker')).toEqual(['shop_worker_1', 'shop_worker_2', 'shop_worker_3'])
})

test('another up recreates what has changed alone, and stops those that are too many', async () => {
  const store = await daemon.ok('inspect', '--format', '{{.Id}}', 'shop_store_1')
  const output = await composed(['up', '--detach'], { GREETING: 'good day' })
  expect(output).toContain('shop_store_1 is up-to-date')
  expect(output).toContain('Recreating shop_web_1')
  expect(await runningOf('worker')).toHaveLength(1)
  expect(await daemon.ok('inspect', '--format', '{{.Id}}', 'shop_store_1')).toBe(store)
  await until('the new greeting', async () => (await daemon.ok('logs', 'shop_web_1')) === 'good day')
  expect(await until('the page', page)).toBe('page built here\n')
})

test('restart keeps the container', async () => {
  const before = await daemon.ok('inspect', '--format', '{{.Id}}', 'shop_store_1')
  const begun = await daemon.ok('inspect', '--format', '{{.State.StartedAt}}', 'shop_store_1')
  await composed(['restart', '--timeout', '0', 'store'])
  expect(await daemon.ok('inspect', '--format', '{{.Id}} {{.State.Status}}', 'shop_store_1')).toBe(`${before} running`)
  expect(await daemon.ok('inspect', '--format', '{{.State.StartedAt}}', 'shop_store_1')).not.toBe(begun)
})

test('run gives one more container, for once', async () => {
  expect(await composed(['run', '--rm', '-T', '--no-deps', 'worker', 'echo', 'once'])).toContain('once\n')
})

test('down leaves nothing', async () => {
  await composed(['down', '--volumes', '--rmi', 'local', '--timeout', '0'])
  expect(await daemon.ok('ps', '--all', '--quiet')).toBe('')
  expect(await daemon.ok('volume', 'ls', '--quiet')).toBe('')
  expect(await daemon.ok('network', 'ls', '--quiet', '--filter', 'type=custom')).toBe('')
  expect(await daemon.ok('images', '--format', '{{.Repository}}')).toBe('busybox')
})
