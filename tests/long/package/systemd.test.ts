import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeEnginePackage } from '../../../build/packages/engine-package.ts'
import { runTool } from '../../../vm-assets/run-tool.ts'
import { until } from '../../harness/until.ts'
import { SystemdMachine } from './systemd-machine.ts'

/** What the package needs, and docker's client. */
const PACKAGES = ['runc', 'conmon', 'nftables', 'procps', 'ca-certificates', 'adduser', 'libstdc++6', 'busybox-static', 'docker.io']
/** An emulated processor takes a minute for what a real one does in two seconds. */
const PATIENCE_MS = 300_000

let folder: string
let machine: SystemdMachine
beforeAll(async () => {
  folder = await mkdtemp('/var/tmp/er-packages-')
  const debs: string[] = []
  for (const version of ['1.0.0', '1.0.1']) debs.push(await makeEnginePackage(folder, { isQuick: true, version }))
  machine = await SystemdMachine.make(PACKAGES, async (root) => {
    for (const deb of debs) await runTool('cp', [deb, join(root, 'root')])
    // docker.io is here for its client.
    for (const unit of ['docker.service', 'docker.socket', 'containerd.service'])
      await runTool('ln', ['-sf', '/dev/null', join(root, 'etc/systemd/system', unit)])
    const tree = join(folder, 'tree')
    await mkdir(join(tree, 'bin'), { recursive: true })
    for (const name of ['sh', 'cat', 'sleep', 'true']) await runTool('cp', ['/bin/busybox', join(tree, 'bin', name)])
    await runTool('tar', ['-C', tree, '-cf', join(root, 'root/busybox.tar'), '.'])
  })
})
afterAll(async () => {
  await machine?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const install = (version: string) => machine.ok(`dpkg -i /root/engineroom-engine_${version}_amd64.deb`)
/** As somebody who is in the group, and not root. */
const docker = (args: string) => machine.ok(`runuser -u you -- docker -H unix:///run/engineroom/docker.sock ${args}`)
const counted = async () => Number((await docker('exec counts cat /count')).trim())
const countsOn = (before: number) => until('the container to count on', async () => (await counted()) > before, PATIENCE_MS)
const isActive = async (unit: string) => (await machine.run(`systemctl is-active ${unit}`)).output.trim()
const mainPid = async () => (await machine.ok('systemctl show -P MainPID engineroom.service')).trim()

test('installed: the socket and the engine run, and will after a start of the machine', async () => {
  await install('1.0.0')
  expect(await machine.ok('systemctl is-enabled engineroom.socket engineroom.service')).toBe('enabled\nenabled\n')
  expect(await isActive('engineroom.socket')).toBe('active')
  expect(await machine.ok('stat -c "%a %U %G" /run/engineroom/docker.sock')).toBe('660 root engineroom\n')
})

test('the first client starts the engine, by its socket', async () => {
  await machine.ok('systemctl stop engineroom.service')
  expect(await isActive('engineroom.service')).toBe('inactive')
  await machine.ok('useradd --create-home --groups engineroom you')
  expect(await docker("version --format '{{.Server.Version}}'")).toContain('engineroom')
  expect(await isActive('engineroom.service')).toBe('active')
})

test('who is not in the group may not use it', async () => {
  await machine.ok('useradd other')
  const { code, output } = await machine.run('runuser -u other -- docker -H unix:///run/engineroom/docker.sock ps')
  expect(code).toBe(1)
  expect(output).toContain('permission denied')
})

test('a member of the group runs containers, whose limits systemd leaves alone', async () => {
  await machine.ok('docker -H unix:///run/engineroom/docker.sock import /root/busybox.tar busybox')
  const counting = 'n=0; while :; do n=$((n+1)); echo $n > /count; sleep 1; done'
  await docker(`run -d --name counts --restart always --cpus 0.5 --memory 64m -p 8080:80 -v kept:/kept busybox sh -c '${counting}'`)
  await countsOn(0)
  await machine.ok('systemctl daemon-reload')
  const limits =
    'cd /sys/fs/cgroup/$(sed s,^0::/,, /proc/$(docker -H unix:///run/engineroom/docker.sock inspect -f {{.State.Pid}} counts)/cgroup); cat cpu.max memory.max'
  expect(await machine.ok(limits)).toBe(`50000 100000\n${64 * 1024 ** 2}\n`)
})

test('an upgrade while it writes: it goes on, and the engine is another one', async () => {
  const [before, engine, process] = [await counted(), await mainPid(), await docker('inspect -f {{.State.Pid}} counts')]
  await install('1.0.1')
  await countsOn(before)
  expect(await mainPid()).not.toBe(engine)
  expect(await docker('inspect -f {{.State.Pid}} counts')).toBe(process)
  expect(await docker("ps --format '{{.Names}} {{.State}}'")).toBe('counts running\n')
})

test('an engine that is killed comes back by itself, and the container has not noticed', async () => {
  const [before, engine] = [await counted(), await mainPid()]
  await machine.ok('systemctl kill --kill-whom=main --signal=KILL engineroom.service')
  await until('another engine', async () => ![engine, '0'].includes(await mainPid()), PATIENCE_MS)
  await countsOn(before)
})

test('what systemd-analyze says of the service', async () => {
  expect(await machine.ok('systemd-analyze verify engineroom.service engineroom.socket')).toBe('')
  const said = await machine.ok('systemd-analyze security --no-pager engineroom.service')
  process.stderr.write(said.slice(said.indexOf('→')))
})

/** How long systemd itself waits for processes that do not end. @see systemd-system.conf(5), DefaultTimeoutStopSec */
const SYSTEMD_WAITS_S = 90

test('after a reboot, which no container holds up that does not listen, engine and container run, before anybody has logged in', async () => {
  const before = await counted()
  // The container is one: the kernel keeps SIGTERM from a first process that has not asked for it.
  const asked = Number(await machine.ok('date +%s'))
  await machine.reboot()
  const booted = Number(/btime (\d+)/.exec(await machine.ok('cat /proc/stat'))?.[1])
  expect(booted - asked).toBeLessThan(SYSTEMD_WAITS_S)
  process.stderr.write(`from the reboot's beginning to the next kernel: ${booted - asked} s\n`)
  expect(await machine.ok('who')).toBe('')
  expect(await isActive('engineroom.service')).toBe('active')
  await until('the container to run', async () => (await docker("ps --format '{{.Names}}'")) === 'counts\n', PATIENCE_MS)
  // What it had written is still there, and it begins anew.
  await until('the container to count', async () => (await counted()) > 0, PATIENCE_MS)
  expect(before).toBeGreaterThan(0)
  expect(await docker('volume ls -q')).toBe('kept\n')
})

const LEFT = `
ip -brief link | grep ^er || true
nft list chains | grep 'chain ' || true
grep engineroom /proc/self/mounts || true
ls -d /run/engineroom /run/netns/* 2> /dev/null || true
find /sys/fs/cgroup -mindepth 1 -maxdepth 1 -name 'engineroom*'
for name in conmon runc node; do pgrep -l $name || true; done
systemctl list-units --all --no-legend 'engineroom*' | grep -vE 'not-found|masked' || true
command -v engineroom || true
ls /usr/lib/systemd/system/engineroom* /usr/lib/engineroom /usr/share/bash-completion/completions/engineroom 2> /dev/null || true`

test('removed: nothing runs, nothing is left in the kernel, and the data stay', async () => {
  expect(await machine.ok(LEFT)).toContain('engineroom')
  await machine.ok('dpkg -r engineroom-engine')
  expect(await machine.ok(LEFT)).toBe('')
  expect(await machine.ok('ls /var/lib/engineroom')).toContain('engine.db')
})

test('installed again, it is as it was', async () => {
  await install('1.0.1')
  await until('the engine to answer', async () => (await docker("ps -a --format '{{.Names}}'")) === 'counts\n', PATIENCE_MS)
  expect(await docker('volume ls -q')).toBe('kept\n')
})

test('purged: data, group, settings and links of units are gone', async () => {
  await machine.ok('dpkg -P engineroom-engine')
  expect(await machine.ok(LEFT)).toBe('')
  const owned =
    "ls -d /var/lib/engineroom /etc/engineroom 2> /dev/null || true; find /etc/systemd /var/lib/systemd -name '*engineroom*'; getent group engineroom || true"
  expect(await machine.ok(owned)).toBe('')
})
