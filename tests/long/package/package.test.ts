import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeEnginePackage } from '../../../build/packages/engine-package.ts'
import { until } from '../../harness/until.ts'
import { CleanDebian } from './clean-debian.ts'

/** Of the two programs of a runtime, and what our package needs; of what it recommends, nothing. And the client that people have. */
const PACKAGES = ['runc', 'conmon', 'iproute2', 'nftables', 'procps', 'ca-certificates', 'adduser', 'libstdc++6', 'busybox-static', 'docker.io']
const DAEMON = ['engineroom', 'daemon', '--group', 'engineroom', '--log-level', 'warn'] as const

let folder: string
let debian: CleanDebian
beforeAll(async () => {
  folder = await mkdtemp('/tmp/er-packages-')
  debian = await CleanDebian.make(PACKAGES)
  for (const version of ['1.0.0', '1.0.1']) await debian.put(await makeEnginePackage(folder, { isQuick: true, version }), 'root')
})
afterAll(async () => {
  await debian?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const install = (version: string) => debian.ok('dpkg', '-i', `/root/engineroom-engine_${version}_${process.arch === 'arm64' ? 'arm64' : 'amd64'}.deb`)
const docker = (...args: string[]) => debian.ok('docker', '-H', 'unix:///run/engineroom/docker.sock', ...args)
const engineAnswers = () => until('the engine to answer', async () => (await debian.run('engineroom', 'version')).code === 0, 60_000)
const counted = async () => Number((await docker('exec', 'counts', 'cat', '/count')).trim())

test('installed: the client is there, and says how the engine is started without systemd', async () => {
  expect(await install('1.0.0')).toContain('Start the engine with: engineroom daemon')
  expect(await debian.ok('engineroom', '--version')).toContain('Engineroom version')
  expect(await debian.ok('getent', 'group', 'engineroom')).toMatch(/^engineroom:/)
  expect((await debian.run('engineroom', 'desktop')).stderr).toBe('engineroom desktop: not in this package, which is for servers\n')
})

test('the real docker client runs a container through its socket, which the group may use', async () => {
  debian.start(...DAEMON)
  await engineAnswers()
  expect(await debian.ok('stat', '-c', '%a %G', '/run/engineroom/docker.sock')).toBe('660 engineroom\n')
  const image = 'mkdir -p tree/bin && for name in sh cat sleep; do cp /bin/busybox tree/bin/$name; done && tar -C tree -cf tree.tar .'
  await debian.ok('sh', '-c', `cd /root && ${image}`)
  await docker('import', '/root/tree.tar', 'busybox')
  const counting = 'n=0; while :; do n=$((n+1)); echo $n > /count; sleep 0.1; done'
  await docker('run', '-d', '--name', 'counts', '-p', '8080:80', '-v', 'kept:/kept', 'busybox', 'sh', '-c', counting)
  await until('the container to count', async () => (await counted()) > 3)
})

test('an upgrade leaves the container running: it counts on while the engine is another one', async () => {
  await install('1.0.1')
  const before = await counted()
  await debian.ok('sh', '-c', 'kill $(cat /run/engineroom/engineroom.pid)')
  await until('the old engine to end', async () => (await debian.run('test', '-e', '/run/engineroom/engineroom.pid')).code !== 0)
  debian.start(...DAEMON)
  await engineAnswers()
  await until('the container to have counted on', async () => (await counted()) > before)
  expect(await docker('ps', '--format', '{{.Names}} {{.State}}')).toBe('counts running\n')
})

test('removed: nothing runs, nothing is left in the kernel, and the data stay', async () => {
  const left = async () => ({
    links: (await debian.ok('ip', '-brief', 'link')).split('\n').filter((line) => line.startsWith('er')),
    chains: (await debian.ok('nft', 'list', 'chains')).split('\n').filter((line) => line.includes('chain ')),
    namespaces: (await debian.run('ls', '/run/netns')).stdout,
    mounts: (await debian.ok('cat', '/proc/self/mounts')).split('\n').filter((line) => line.includes('engineroom')),
    program: (await debian.run('sh', '-c', 'command -v engineroom')).stdout,
    run: (await debian.run('ls', '/run/engineroom')).stdout,
  })
  expect((await left()).links).not.toEqual([])
  await debian.ok('dpkg', '-r', 'engineroom-engine')
  expect(await left()).toEqual({ links: [], chains: [], namespaces: '', mounts: [], program: '', run: '' })
  expect(await readdir(join(debian.root, 'var/lib/engineroom'))).toContain('engine.db')
})

test('installed again, the container and its volume are there', async () => {
  await install('1.0.1')
  debian.start(...DAEMON)
  await engineAnswers()
  expect(await docker('ps', '-a', '--format', '{{.Names}} {{.State}}')).toBe('counts exited\n')
  expect(await docker('volume', 'ls', '-q')).toBe('kept\n')
})

test('purged: data, group and settings are gone', async () => {
  await debian.ok('dpkg', '-P', 'engineroom-engine')
  await expect(stat(join(debian.root, 'var/lib/engineroom'))).rejects.toThrow('ENOENT')
  expect((await debian.run('getent', 'group', 'engineroom')).stdout).toBe('')
  expect(await readdir(join(debian.root, 'etc/engineroom')).catch(() => [])).toEqual([])
})
