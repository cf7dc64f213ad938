import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PATIENCE_MS, RealVm } from '../harness/real-vm.ts'
import { freePort } from '../harness/tcp.ts'
import { until } from '../harness/until.ts'

/** What containers in a machine and programs on this computer's loopback reach of one another. */
let vm: RealVm
let port: number

beforeAll(async () => {
  vm = await RealVm.create()
  await vm.prepare('--share', 'none', '--host-network')
  port = await freePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(async () => {
  server.close()
  await vm?.[Symbol.asyncDispose]()
})

/** Of this computer, on its loopback alone. */
const server = createServer((_, response) => response.end('this computer'))

test('host.docker.internal is this computer: on the default network, on one of a user, on the network of the host, and in a build', async () => {
  await vm.ok('network', 'create', 'mine')
  for (const network of ['bridge', 'mine', 'host'])
    for (const name of ['host.docker.internal', 'gateway.docker.internal', 'asked'])
      expect(await vm.ok('run', '--rm', '--network', network, '--add-host', 'asked:host-gateway', 'busybox', 'wget', '-qO-', `http://${name}:${port}`)).toBe(
        'this computer',
      )
  const built = await vm.docker(['build', '-'], { input: `FROM busybox\nRUN wget -qO- http://host.docker.internal:${port}\n` })
  expect(built.stdout).toContain('this computer')
})

const get = (at: number) => fetch(`http://127.0.0.1:${at}/`).then((response) => response.text())
const isRefused = (at: number) =>
  get(at).then(
    () => false,
    () => true,
  )
/** Starts a web server in the network of the guest. */
const serve = (name: string, at: string) =>
  vm.ok('run', '-d', '--name', name, '--network', 'host', 'busybox', 'sh', '-c', `mkdir /www; echo ${name} >/www/index.html; exec httpd -f -p ${at} -h /www`)
const RULES = ['run', '--rm', '--privileged', '--pid', 'host', 'busybox', 'nsenter', '-t', '1', '-m', '-n', '/usr/sbin/nft', 'list', 'tables']

test('--network host: localhost of this computer is that of the container, and of no other', async () => {
  expect(await vm.status()).toMatchObject({ hostNetwork: true })
  expect(await vm.ok('run', '--rm', '--network', 'host', 'busybox', 'wget', '-qO-', `http://127.0.0.1:${port}`)).toBe('this computer')
  expect((await vm.docker(['run', '--rm', 'busybox', 'wget', '-qO-', `http://127.0.0.1:${port}`])).stderr).toContain('refused')
})

test('--network host: what a container listens on is there at localhost of this computer, until it does no longer', async () => {
  for (const address of ['', '127.0.0.1:']) {
    const at = await freePort()
    await serve('server', `${address}${at}`)
    expect(await until('an answer of the container', () => get(at), PATIENCE_MS)).toBe('server\n')
    expect(await vm.ok('exec', 'server', 'wget', '-qO-', `http://127.0.0.1:${at}`)).toBe('server')
    await vm.ok('rm', '-f', 'server')
    await until('the port to be given back', () => isRefused(at), PATIENCE_MS)
  }
  await until('the rules to be gone', async () => !(await vm.ok(...RULES)).includes('localhost'), PATIENCE_MS)
})

test('--network host: a port that this computer has stays its own, and the one of the guest is nearer', async () => {
  await serve('second', String(port))
  await until(
    'its own answer',
    async () => (await vm.docker(['exec', 'second', 'wget', '-qO-', `http://127.0.0.1:${port}`])).stdout === 'second\n',
    PATIENCE_MS,
  )
  expect(await get(port)).toBe('this computer')
  await until('the complaint', async () => (await vm.vm(['logs'])).stdout.includes('is not to be had on the computer'), PATIENCE_MS)
  await vm.ok('rm', '-f', 'second')
})
