import { mkdtemp, rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeEnginePackage } from '../../../build/packages/engine-package.ts'
import { makeVmPackage } from '../../../build/packages/vm-package.ts'
import { CleanDebian } from './clean-debian.ts'

/** What both packages need, the client that people have, and what the virtual machine's recommends. */
const PACKAGES = ['runc', 'conmon', 'iproute2', 'nftables', 'procps', 'ca-certificates', 'adduser', 'libstdc++6', 'openssl', 'busybox-static', 'docker.io']
const LATER = ['qemu-system-x86', 'qemu-utils']
const SOCKET = 'unix:///home/you/.engineroom/run/docker.sock'

let folder: string
let debian: CleanDebian
beforeAll(async () => {
  folder = await mkdtemp('/var/tmp/er-packages-')
  debian = await CleanDebian.make(PACKAGES, LATER)
  for (const make of [makeEnginePackage, makeVmPackage]) await debian.put(await make(folder, { isQuick: true, version: '1.0.0' }), 'root')
  await debian.ok('useradd', '--create-home', 'you')
})
afterAll(async () => {
  await debian?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** As a person who is not root, and in no group. */
const you = (...command: string[]) => debian.run('runuser', '-u', 'you', '--', 'env', 'HOME=/home/you', ...command)

test('the engine alone has none; with its package there is one, which does not run', async () => {
  await debian.ok('dpkg', '-i', '/root/engineroom-engine_1.0.0_amd64.deb')
  expect((await you('engineroom', 'vm', 'status')).stderr).toBe('engineroom vm: not in this package, which is for servers\n')
  await debian.ok('dpkg', '-i', '/root/engineroom-vm_1.0.0_amd64.deb')
  expect(await you('engineroom', 'vm', 'status')).toMatchObject({ code: 3, stderr: '' })
  expect((await you('engineroom', 'vm', 'build')).stderr).toBe('engineroom vm build: not in this package, which has the image made\n')
})

test('it boots of the image that came with it: nothing is made, nothing is fetched', async () => {
  const started = await you('engineroom', 'vm', 'start', '--memory', '512m', '--share', 'none')
  expect(started, started.stderr).toMatchObject({ code: 0 })
  expect(started.stderr).not.toContain('making it')
  expect(started.stderr).not.toContain('older engine')
  expect((await debian.run('ls', '/home/you/.cache/engineroom')).code).not.toBe(0)
  expect(await debian.ok('sh', '-c', 'tr "\\0" " " < /proc/$(pgrep -o qemu-system)/cmdline')).toContain('/usr/lib/engineroom/vm-image/root.erofs')
  expect(JSON.parse((await you('engineroom', 'vm', 'status', '--json')).stdout)).toMatchObject({ state: 'running' })
}, 600_000)

test('its engine runs a container', async () => {
  await debian.ok('sh', '-c', 'mkdir -p /tmp/tree/bin && cp /bin/busybox /tmp/tree/bin/echo && tar -C /tmp/tree -cf /tmp/tree.tar .')
  expect((await you('docker', '-H', SOCKET, 'import', '/tmp/tree.tar', 'busybox')).stderr).toBe('')
  expect(await you('docker', '-H', SOCKET, 'run', '--rm', 'busybox', 'echo', 'from the guest')).toMatchObject({ code: 0, stdout: 'from the guest\n' })
})

test('stopped and removed, the engine stays, and what a person has in their VM', async () => {
  expect((await you('engineroom', 'vm', 'stop')).code).toBe(0)
  await debian.ok('dpkg', '-P', 'engineroom-vm')
  expect((await debian.run('ls', '/usr/lib/engineroom/vm-image', '/usr/lib/engineroom/dist/vm')).stdout).toBe('')
  expect((await you('engineroom', 'vm', 'status')).stderr).toContain('not in this package')
  expect(await debian.ok('engineroom', '--version')).toContain('Engineroom version')
  expect(await debian.ok('find', '/home/you/.engineroom', '-name', '*.qcow2', '-o', '-name', '*.raw', '-o', '-name', '*disk*')).not.toBe('')
})
