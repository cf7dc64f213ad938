import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { prefixOf } from '../../harness/leaks.ts'
import { losePower } from '../../harness/reboot.ts'
import { run } from '../../harness/run.ts'
import { until } from '../../harness/until.ts'

/** A daemon that takes this machine for a virtual one, which boots again and again. */
let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
  await daemon.ok('network', 'create', 'mine')
  await boot()
})
afterAll(() => daemon[Symbol.asyncDispose]())

async function boot(): Promise<void> {
  await losePower(daemon)
  await daemon.start(['--ports-of-vm-host'])
}

const hasBridge = () => existsSync(`/sys/class/net/${daemon.bridge}`)
const hasRules = async () => (await run('nft', ['list', 'table', 'ip', `engineroom-${prefixOf(daemon.dataRoot)}`])).code === 0
const answers = (name: string, network = 'mine') =>
  daemon.ok('run', '--rm', '--network', network, 'busybox', 'sh', '-c', `until wget -qO- ${name}:8000/; do usleep 50000; done`)
const serve = (name: string, ...flags: string[]) =>
  daemon.ok('run', '-d', '--name', name, '--network', 'mine', ...flags, 'busybox', 'sh', '-c', `echo ${name} >/index.html; exec httpd -f -p 8000 -h /`)

test('no bridge is made before a container needs one; forwarding, for which checks look, is on', async () => {
  expect([hasBridge(), await hasRules()]).toEqual([false, false])
  expect((await readFile('/proc/sys/net/ipv4/ip_forward', 'utf8')).trim()).toBe('1')
  expect(await daemon.ok('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Gateway}}', 'bridge')).toBe(`${daemon.subnet}.1`)
})

test('two that come first at once both find their networks, with names and rules', async () => {
  const [, text] = await Promise.all([serve('one'), answers('one')])
  expect([text, hasBridge(), await hasRules()]).toEqual(['one', true, true])
})

test('a daemon that is killed and comes back finds all of it, and its container', async () => {
  await daemon.stop('SIGKILL')
  await daemon.start(['--ports-of-vm-host'])
  expect(await answers('one')).toBe('one')
  await daemon.ok('rm', '-f', 'one')
})

test('after a boot, what a policy starts finds its network', async () => {
  await serve('always', '--restart', 'always')
  await boot()
  await until('it to run', async () => (await daemon.ok('inspect', '-f', '{{.State.Status}}', 'always')) === 'running')
  expect(await answers('always')).toBe('always')
  await daemon.ok('rm', '-f', 'always')
})

test('after a boot, a network can be made and removed before there is a container', async () => {
  await boot()
  await daemon.ok('network', 'create', 'other')
  expect([hasBridge(), await hasRules()]).toEqual([true, true])
  await daemon.ok('network', 'rm', 'other', 'mine')
})
