import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as dns from 'dns-packet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Certificates, makeCertificates } from '../harness/certificates.ts'
import { PATIENCE_MS, RealVm } from '../harness/real-vm.ts'
import { run } from '../harness/run.ts'
import { freePort } from '../harness/tcp.ts'
import { until } from '../harness/until.ts'

const LAUNCHER = fileURLToPath(new URL('../../engineroom', import.meta.url))
const CLIENT = fileURLToPath(new URL('../../dist/cli/main.mjs', import.meta.url))

/** By this address the guest reaches our loopback. */
const HERE = '10.0.2.2'

/**
 * A VM follows what changes on this computer: its resolver, its certificates, its proxies, its clock. It is started with a
 * /etc/resolv.conf and a store of authorities that are the test's own.
 */
let vm: RealVm
let registry: { readonly port: number; readonly certificates: Certificates }
const opened: { close: () => unknown }[] = []

beforeAll(async () => {
  vm = await RealVm.create()
  await vm.build()
  await writeFile(join(vm.home, 'resolv.conf'), 'nameserver 127.53.0.1\n')
  await mkdir(join(vm.home, 'store'))
  await writeFile(join(vm.home, 'store/authorities.pem'), '')
  registry = await startRegistry()
  const start = ['vm', 'start', '--assets', vm.image, '--memory', '1g', '--disk', '8g', '--share', 'none']
  const withOwnResolver = 'mount --bind "$1" /etc/resolv.conf; shift; exec "$@"'
  const args = ['--mount', 'sh', '-ec', withOwnResolver, 'sh', join(vm.home, 'resolv.conf'), LAUNCHER, ...start]
  const env = { ...vm.env, SSL_CERT_FILE: join(vm.home, 'store/authorities.pem'), HTTP_PROXY: '', HTTPS_PROXY: '', NO_PROXY: '' }
  const { code, stderr } = await run('unshare', args, { env, timeoutMs: PATIENCE_MS })
  if (code !== 0) throw new Error(stderr)
  await vm.loadBusybox()
})
afterAll(async () => {
  for (const one of opened) one.close()
  await vm?.[Symbol.asyncDispose]()
})

/** Our own, with an authority that nobody knows, at two names. It ends with the VM's home. */
async function startRegistry() {
  const certificates = await makeCertificates(join(vm.home, 'registry-certificates'), '--host', HERE, '--host', 'registry.test')
  const port = await freePort()
  const tls = ['--tlscert', `${certificates.folder}/server/cert.pem`, '--tlskey', `${certificates.folder}/server/key.pem`]
  const args = ['--', CLIENT, 'registry', 'serve', '--addr', `127.0.0.1:${port}`, '--root', join(vm.home, 'registry'), ...tls]
  const child: ChildProcess = spawn(process.execPath, args, { env: { ...process.env, ...vm.env }, stdio: 'ignore' })
  opened.push({ close: () => child.kill() })
  return { port, certificates }
}

const authority = () => `${registry.certificates.folder}/server/ca.pem`

async function push(name: string) {
  await vm.ok('tag', 'busybox', name)
  return vm.docker(['push', name])
}

test('names are looked up where this computer does, also once it asks somebody else', async () => {
  for (const number of [1, 2]) {
    const server = createSocket('udp4')
    server.on('message', (query, from) => {
      const { id, questions = [] } = dns.decode(query)
      const answers = questions.filter(({ type }) => type === 'A').map(({ name }) => ({ type: 'A' as const, name, ttl: 0, data: `192.0.2.${number}` }))
      server.send(dns.encode({ type: 'response', id: id ?? 0, questions, answers }), from.port, from.address)
    })
    server.bind(53, `127.53.0.${number}`)
    await once(server, 'listening')
    opened.push(server)
  }
  const looksUp = async (address: string) => (await vm.docker(['run', '--rm', 'busybox', 'nslookup', 'name.test'])).stdout.includes(address)
  await until('the first answer', () => looksUp('192.0.2.1'), PATIENCE_MS)
  await writeFile(join(vm.home, 'resolv.conf'), 'nameserver 127.53.0.2\n')
  await until('the second answer', () => looksUp('192.0.2.2'), PATIENCE_MS)
})

test('a registry whose authority nobody knows is trusted once it is in certs.d, and no longer than that', async () => {
  const name = `${HERE}:${registry.port}/by-folder`
  expect((await push(name)).stderr).toContain('certificate')
  const folder = join(vm.home, 'certs.d', `${HERE}:${registry.port}`)
  await mkdir(folder, { recursive: true })
  await copyFile(authority(), join(folder, 'ca.crt'))
  await until('the push', async () => (await push(name)).code === 0, PATIENCE_MS)
  await writeFile(join(folder, 'ca.crt'), '')
  await until('the refusal', async () => (await push(name)).code !== 0, PATIENCE_MS)
})

test('and once it is in the store of this computer', async () => {
  const name = `${HERE}:${registry.port}/by-store`
  expect((await push(name)).code).not.toBe(0)
  await copyFile(authority(), join(vm.home, 'store/authorities.pem'))
  await until('the push', async () => (await push(name)).code === 0, PATIENCE_MS)
})

test('a proxy on the loopback of this computer is used, and left, while the VM runs', async () => {
  const name = `registry.test:${registry.port}/by-proxy`
  const asked: (string | undefined)[] = []
  const proxy = createServer().on('connect', ({ url }, client: Socket, head: Buffer) => {
    asked.push(url)
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    const server = connect(registry.port, '127.0.0.1')
    server.write(head)
    client.pipe(server).pipe(client)
    for (const one of [client, server]) one.on('error', () => [client, server].map((other) => other.destroy()))
  })
  const port = await freePort()
  proxy.listen(port, '127.0.0.1')
  await once(proxy, 'listening')
  opened.push(proxy)
  expect((await push(name)).code).not.toBe(0)
  expect((await vm.vm(['start', '--https-proxy', `http://localhost:${port}`])).stderr).toContain('runs already')
  expect(await vm.ok('info', '--format', '{{.HTTPSProxy}}|{{.NoProxy}}')).toBe(`http://${HERE}:${port}|${HERE}`)
  expect((await push(name)).code).toBe(0)
  expect(new Set(asked)).toEqual(new Set([`registry.test:${registry.port}`]))
  await vm.vm(['start', '--https-proxy', 'none'])
  expect(await vm.ok('info', '--format', '{{.HTTPSProxy}}')).toBe('')
  expect((await push(name)).code).not.toBe(0)
})

/** By how many seconds the guest's clock is ahead of ours, at least. A second is the least that `date` tells. */
async function ahead(): Promise<number> {
  const guest = Number(await vm.ok('run', '--rm', 'busybox', 'date', '+%s'))
  return guest - Date.now() / 1000
}

/** Ahead, and not behind: by a clock from before they were made, certificates are not good yet. */
async function putWrong(): Promise<void> {
  const then = Math.floor(Date.now() / 1000) + 3600
  await vm.ok('run', '--rm', '--privileged', 'busybox', 'date', '-s', `@${then}`)
  expect(await ahead()).toBeGreaterThan(3000)
}

/** An answer that comes late makes a clock look behind, never ahead. */
async function isRight(): Promise<boolean> {
  const seconds = await ahead()
  return seconds < 1 && seconds > -600
}

test('the clock of the guest is right after the computer slept: QEMU and its supervisor stood still', async () => {
  await putWrong()
  const { pid = 0 } = await vm.status()
  const supervisor = Number.parseInt(await readFile(vm.file('default', 'supervisor.pid'), 'utf8'), 10)
  for (const one of [pid, supervisor]) process.kill(one, 'SIGSTOP')
  const asleep = performance.now()
  await until('some sleep', () => performance.now() - asleep > 16_000)
  for (const one of [pid, supervisor]) process.kill(one, 'SIGCONT')
  await until('the clock of the guest to be right', isRight, PATIENCE_MS)
})

test('and at once when somebody says that it woke up', async () => {
  await putWrong()
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  const asked = request({ socketPath: vm.file('default', 'control.sock'), method: 'POST', path: '/awake', headers: { Host: 'vm' } })
  asked.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject)
  asked.end()
  expect(await promise).toBe(200)
  expect(await isRight()).toBe(true)
})
