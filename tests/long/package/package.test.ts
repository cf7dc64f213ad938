import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeEngineArchive, makeEnginePackage, makeEngineRpm } from '../../../build/packages/engine-package.ts'
import { shortNameOf } from '../../../engine/daemon/former-place.ts'
import { until } from '../../harness/until.ts'
import { CleanDebian } from './clean-debian.ts'

/** Of the two programs of a runtime, and what our package needs; of what it recommends, nothing. The client that people have, and what installs an RPM. */
const PACKAGES = ['runc', 'conmon', 'iproute2', 'nftables', 'procps', 'ca-certificates', 'adduser', 'libstdc++6', 'busybox-static', 'docker.io', 'rpm']
const DAEMON = ['engineroom', 'daemon', '--group', 'engineroom', '--log-level', 'warn'] as const
const MAKERS = { deb: makeEnginePackage, rpm: makeEngineRpm, 'tar.gz': makeEngineArchive }
/** Debian's names of what it needs are not Fedora's, and Debian's rpm wants to be told that it is meant. */
const RPM = 'rpm --force-debian --nodeps'
const STOP = 'kill $(cat /run/engineroom/engineroom.pid); while [ -e /run/engineroom/engineroom.pid ]; do sleep 0.1; done'

/** How each is installed, replaced by another version, taken away, and taken away with all that it has made. */
// biome-ignore format: a table
const WAYS = {
  deb: { install: (file: string) => `dpkg -i ${file}`, remove: 'dpkg -r engineroom-engine', purge: 'dpkg -P engineroom-engine' },
  rpm: { install: (file: string) => `${RPM} -U ${file}`, remove: `${RPM} -e engineroom-engine`, purge: 'rm -r /var/lib/engineroom; groupdel engineroom' },
  // As its README has it.
  'tar.gz': {
    install: (file: string) => `getent group engineroom || groupadd engineroom; tar -C /opt -xf ${file}; ln -sfn /opt/${file.replace(/-linux.*|.*[/]/g, '')}/engineroom /usr/local/bin/`,
    remove: `engineroom stop $(engineroom ps -q); ${STOP}; engineroom daemon --leave-host; rm -r /usr/local/bin/engineroom /opt/engineroom-engine-* /run/engineroom`,
    purge: 'rm -r /var/lib/engineroom; groupdel engineroom',
  },
}
const FORMATS = ['deb', 'rpm', 'tar.gz'] as const

let folder: string
let debian: CleanDebian
const files = new Map<string, string>()
beforeAll(async () => {
  folder = await mkdtemp('/tmp/er-packages-')
  debian = await CleanDebian.make(PACKAGES)
  for (const format of FORMATS)
    for (const version of ['1.0.0', '1.0.1']) {
      const made = await MAKERS[format](folder, { isQuick: true, version })
      await debian.put(made, 'root')
      files.set(`${format} ${version}`, `/root/${basename(made)}`)
    }
})
afterAll(async () => {
  await debian?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const docker = (...args: string[]) => debian.ok('docker', '-H', 'unix:///run/engineroom/docker.sock', ...args)
const engineAnswers = () => until('the engine to answer', async () => (await debian.run('engineroom', 'version')).code === 0, 60_000)
const counted = async () => Number((await docker('exec', 'counts', 'cat', '/count')).trim())

/** What an engine has there: interfaces, rules, mounts, namespaces, cgroups. The folder of namespaces is iproute2's, which mounts it for everybody. */
const IN_KERNEL = `ip -brief link | awk '{ print $1 }'; nft list tables; awk '{ print $2, $3 }' /proc/self/mounts | grep -v '^/run/netns ' | sort; ls /run/netns 2> /dev/null
find /sys/fs/cgroup -path '*/engineroom/${shortNameOf('/var/lib/engineroom')}'`
const inKernel = () => debian.ok('sh', '-c', `${IN_KERNEL}; true`)

/** What others keep of what was there: package managers, their logs, copies of lists of users, adduser's lock, iproute2's folder, zsh's, which Debian has elsewhere; and what the test has put there. */
const OTHERS =
  /^[/](run[/](netns|adduser)|usr[/]share[/]zsh[/]site-functions|root|tmp|proc|sys|dev|var[/](lib[/](dpkg|rpm|systemd)|log|cache))([/]|$)|^[/]etc[/][a-z]+-$/
const onDisk = async () =>
  (await debian.ok('find', '/'))
    .split('\n')
    .filter((path) => !OTHERS.test(path))
    .sort()

describe.each(FORMATS)('%s', (format) => {
  const install = (version: string) => debian.ok('sh', '-c', WAYS[format].install(files.get(`${format} ${version}`) ?? ''))

  let before: { readonly kernel: string; readonly disk: string[]; readonly groups: string }
  beforeAll(async () => {
    before = { kernel: await inKernel(), disk: await onDisk(), groups: await debian.ok('getent', 'group') }
  })

  test('installed: the client is there', async () => {
    const said = await install('1.0.0')
    if (format === 'deb') expect(said).toContain('Start the engine with: engineroom daemon')
    expect(await debian.ok('engineroom', '--version')).toContain('Engineroom version')
    expect(await debian.ok('getent', 'group', 'engineroom')).toMatch(/^engineroom:/)
    expect((await debian.run('engineroom', 'desktop')).stderr).toBe('engineroom desktop: not in this package, which is for servers\n')
  })

  test('the real docker client runs a container through its socket, which the group may use', async () => {
    debian.start(...DAEMON)
    await engineAnswers()
    expect(await debian.ok('stat', '-c', '%a %G', '/run/engineroom/docker.sock')).toBe('660 engineroom\n')
    const image = 'mkdir -p tree/bin && for name in sh cat sleep; do cp /bin/busybox tree/bin/$name; done && tar -C tree -cf tree.tar .'
    await debian.ok('sh', '-c', `mkdir -p /root/image && cd /root/image && ${image}`)
    await docker('import', '/root/image/tree.tar', 'busybox')
    const counting = 'n=0; while :; do n=$((n+1)); echo $n > /count; sleep 0.1; done'
    await docker('run', '-d', '--name', 'counts', '-p', '8080:80', '-v', 'kept:/kept', 'busybox', 'sh', '-c', counting)
    await until('the container to count', async () => (await counted()) > 3)
  })

  test('an upgrade leaves the container running: it counts on while the engine is another one', async () => {
    await install('1.0.1')
    const before = await counted()
    await debian.ok('sh', '-c', STOP)
    debian.start(...DAEMON)
    await engineAnswers()
    await until('the container to have counted on', async () => (await counted()) > before)
    expect(await docker('ps', '--format', '{{.Names}} {{.State}}')).toBe('counts running\n')
  })

  test('removed: nothing runs, nothing is left in the kernel, and the data stay', async () => {
    expect(await inKernel()).not.toEqual(before.kernel)
    await debian.ok('sh', '-c', WAYS[format].remove)
    expect(await inKernel()).toEqual(before.kernel)
    expect((await debian.run('sh', '-c', 'command -v engineroom')).stdout).toBe('')
    expect(await readdir(join(debian.root, 'var/lib/engineroom'))).toContain('engine.db')
  })

  test('installed again, the container and its volume are there', async () => {
    await install('1.0.1')
    debian.start(...DAEMON)
    await engineAnswers()
    expect(await docker('ps', '-a', '--format', '{{.Names}} {{.State}}')).toBe('counts exited\n')
    expect(await docker('volume', 'ls', '-q')).toBe('kept\n')
  })

  test('removed with all that it has made: the machine is as it was before', async () => {
    if (format === 'deb') await debian.ok('sh', '-c', WAYS.deb.purge)
    else await debian.ok('sh', '-c', `${WAYS[format].remove}; ${WAYS[format].purge}`)
    expect(await inKernel()).toEqual(before.kernel)
    expect(await onDisk()).toEqual(before.disk)
    expect(await debian.ok('getent', 'group')).toBe(before.groups)
  })
})
