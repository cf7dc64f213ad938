import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../harness/run.ts'
import { until } from '../harness/until.ts'
import { Machine, succeed } from './machine.ts'

/** The image as `engineroom vm build` makes it, in a machine of its own. The tests go on from one another: a boot takes long. */

const LAUNCHER = new URL('../../engineroom', import.meta.url).pathname

let folder: string
let image: string
let machine: Machine

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engineroom-vm-'))
  image = join(folder, 'image')
  await succeed(LAUNCHER, ['vm', 'build', '--arch', 'x86_64', '--out', image])
  await mkdir(join(folder, 'machine'))
  machine = await Machine.create(join(folder, 'machine'), image)
  await machine.boot()
})

afterAll(async () => {
  await machine?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function docker(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await machine.docker(args)
  if (code !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`)
  return stdout.trim()
}

test('is made of the same bytes each time, whoever makes it', async () => {
  const again = join(folder, 'again')
  await succeed('sh', ['-c', 'umask 077; exec "$@"', 'sh', LAUNCHER, 'vm', 'build', '--arch', 'x86_64', '--out', again])
  // The manifest has the hash of each file.
  expect(await readFile(join(again, 'manifest.json'), 'utf8')).toBe(await readFile(join(image, 'manifest.json'), 'utf8'))
  await rm(again, { recursive: true })
})

test('runs an engine under cgroup v2, with crun', async () => {
  expect(await docker('info', '--format', '{{.CgroupVersion}} {{.DefaultRuntime}} {{.DockerRootDir}}')).toBe('2 crun /data/engineroom')
})

test('answers nobody without a certificate', async () => {
  const { code, stdout } = await run('curl', ['--silent', '--show-error', '--insecure', '--http1.1', `https://127.0.0.1:${machine.port}/_ping`])
  expect([code, stdout]).toEqual([56, ''])
})

test('runs containers, with limits, a volume and a network', async () => {
  const rootfs = join(folder, 'rootfs')
  for (const name of ['bin', 'www']) await mkdir(join(rootfs, name), { recursive: true })
  await writeFile(join(rootfs, 'www/index.html'), 'hello from inside')
  await copyFile('/bin/busybox', join(rootfs, 'bin/busybox'))
  for (const name of ['sh', 'cat', 'echo', 'sleep', 'httpd', 'wget']) await symlink('busybox', join(rootfs, 'bin', name))
  await succeed('tar', ['-C', rootfs, '-cf', join(folder, 'rootfs.tar'), '.'])
  await docker('import', join(folder, 'rootfs.tar'), 'busybox')
  expect(await docker('run', '--rm', '-m', '64m', '--cpus', '0.5', 'busybox', 'cat', '/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/cpu.max')).toBe(
    '67108864\n50000 100000',
  )
  await docker('run', '--rm', '-v', 'kept:/kept', 'busybox', 'sh', '-c', 'echo acknowledged >/kept/file')
  await docker('run', '-d', '--name', 'web', '--restart', 'always', '-p', '8080:80', 'busybox', 'httpd', '-f', '-h', '/www')
  expect(await docker('run', '--rm', 'busybox', 'wget', '-qO-', 'http://172.17.0.1:8080/')).toBe('hello from inside')
})

test('changes the limits of a container that runs', async () => {
  await docker('update', '-m', '80m', '--memory-swap', '160m', 'web')
  expect(await docker('exec', 'web', 'cat', '/sys/fs/cgroup/memory.max')).toBe('83886080')
})

test('shows no keys in /sys, not even to a privileged container', async () => {
  expect(await docker('run', '--rm', '--privileged', 'busybox', 'sh', '-c', 'echo /sys/firmware/*')).not.toContain('qemu_fw_cfg')
})

test('ends in order when the power button is pressed', async () => {
  await machine.powerOff()
  expect(await machine.console()).toMatch(/engineroom: power off[\s\S]*reboot: Power down/)
})

test('has everything again afterwards, all of a disk that has grown, and restarts what is to run always', async () => {
  await machine.growDisk('12G')
  await machine.boot()
  expect(await docker('run', '--rm', '-v', 'kept:/kept', 'busybox', 'cat', '/kept/file')).toBe('acknowledged')
  const [, row = ''] = (await docker('run', '--rm', '-v', 'kept:/kept', 'busybox', 'busybox', 'df', '-m', '/kept')).split('\n')
  expect(Number(row.split(/\s+/)[1])).toBeGreaterThan(11 * 1024)
  const page = () => docker('run', '--rm', 'busybox', 'wget', '-qO-', 'http://172.17.0.1:8080/')
  expect(await until('the web server to be there again', page, 120_000)).toBe('hello from inside')
})
