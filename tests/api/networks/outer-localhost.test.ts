import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { prefixOf } from '../../harness/leaks.ts'
import { run } from '../../harness/run.ts'
import { freePort } from '../../harness/tcp.ts'
import { until } from '../../harness/until.ts'
import { Outside } from './outside.ts'

/** A daemon that takes this machine for a virtual one, and another machine for the computer around it. The rules themselves: localhost-rules.test.ts. */
let daemon: TestDaemon
let outside: Outside
let flags: string[]
let channel: Duplex | undefined

/** The ports that the computer holds for the daemon. */
const held = new Set<number>()

beforeAll(async () => {
  daemon = await startDaemon()
  outside = await Outside.connect(Number(daemon.subnet.split('.')[2]))
  flags = ['--ports-of-vm-host', '--localhost-of-vm-host', '--host-gateway-ip', outside.address]
  await daemon.stop()
  await startWithChannel()
})
afterAll(async () => {
  channel?.destroy()
  await daemon[Symbol.asyncDispose]()
  await outside[Symbol.asyncDispose]()
})

/** The computer: it gives what it is asked for at 127.0.0.1, and no more. */
async function startWithChannel(): Promise<void> {
  await daemon.start(flags)
  held.clear()
  const headers = { Host: 'engine', Connection: 'Upgrade', Upgrade: 'tcp' }
  const asked = request({ socketPath: daemon.socketPath, method: 'POST', path: '/engineroom/v1/outer-host', headers })
  asked.end()
  const [, socket, head] = await once(asked, 'upgrade')
  const duplex: Duplex = socket
  duplex.unshift(head)
  channel = duplex
  // The daemon is killed: that is the test. Who reads lines hears of it, too.
  const ignore = () => undefined
  duplex.on('error', ignore)
  const lines = createInterface({ input: duplex }).on('error', ignore)
  lines.on('line', (line) => {
    const { id, op, hostIp, hostPort, innerPort } = JSON.parse(line)
    const isRight = hostIp === '127.0.0.1' && hostPort === innerPort
    if (op === 'release') held.delete(hostPort)
    else if (isRight) held.add(hostPort)
    duplex.write(`${JSON.stringify(isRight ? { id } : { id, code: 'EADDRNOTAVAIL' })}\n`)
  })
}

async function kill(): Promise<void> {
  await daemon.stop('SIGKILL')
  channel?.destroy()
}

const hasRules = async () => (await run('nft', ['list', 'table', 'ip', `engineroom-${prefixOf(daemon.dataRoot)}-localhost`])).code === 0
const routesLocalnet = async () => (await readFile(`/proc/sys/net/ipv4/conf/${outside.link}/route_localnet`, 'utf8')).trim()
const serve = (name: string, at: string, ...network: string[]) => daemon.ok('run', '-d', '--name', name, ...network, 'busybox', 'httpd', '-f', '-p', at)
const there = async () => [await hasRules(), await routesLocalnet()]

test('what a container in the network of the host listens on is held while it does, and nothing else is; the rules come and go with it', async () => {
  const [own, shared, apart] = [await freePort(), await freePort(), await freePort()]
  expect(await there()).toEqual([false, '0'])
  await serve('apart', String(apart))
  expect(await there()).toEqual([false, '0'])
  await serve('own', `127.0.0.1:${own}`, '--network', 'host')
  expect(await there()).toEqual([true, '1'])
  await serve('shared', String(shared), '--network', 'container:own')
  await until('both to be held', () => held.has(own) && held.has(shared))
  expect([...held].sort()).toEqual([own, shared].sort())
  await daemon.ok('rm', '-f', 'own')
  await until('the first to be given back', () => !held.has(own))
  expect([held.has(shared), ...(await there())]).toEqual([true, true, '1'])
  await daemon.ok('rm', '-f', 'shared', 'apart')
  await until('the second to be given back', () => held.size === 0)
  expect(await there()).toEqual([false, '0'])
})

test('a daemon that was killed holds again what goes on, and takes away what has ended meanwhile', async () => {
  const at = await freePort()
  const id = await serve('lives', String(at), '--network', 'host')
  const pid = Number(await daemon.ok('inspect', '-f', '{{.State.Pid}}', id))
  await until('the port to be held', () => held.has(at))
  await kill()
  expect(await there()).toEqual([true, '1'])
  await startWithChannel()
  await until('the port to be held again', () => held.has(at))
  await kill()
  process.kill(pid, 'SIGKILL')
  await startWithChannel()
  await until('the rules to be gone', async () => (await there()).join() === 'false,0')
  expect(held.size).toBe(0)
  await daemon.ok('rm', '-f', 'lives')
})
