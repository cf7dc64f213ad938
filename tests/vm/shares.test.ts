import { mkdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RealVm } from '../harness/real-vm.ts'

/** A folder of this computer in a machine that `./engineroom vm start` boots. */
let vm: RealVm
let share: string

beforeAll(async () => {
  vm = await RealVm.create()
  share = join(vm.home, 'shared, and more')
  for (const folder of [share, join(vm.home, 'beside')]) await mkdir(folder)
  await writeFile(join(vm.home, 'beside/secret'), 'secret')
  await vm.build()
  await vm.start('--share', share)
  await vm.loadBusybox()
})
afterAll(() => vm?.[Symbol.asyncDispose]())

/** Runs an applet of busybox's among the guest's own files. */
const IN_THE_GUEST = ['run', '--rm', '--privileged', '--pid', 'host', 'busybox', 'nsenter', '-t', '1', '-m', '/usr/bin/busybox']

/** What a shell in a container says that has the shared folder at /src. */
const inside = (script: string) => vm.ok('run', '--rm', '-v', `${share}:/src`, '-w', '/src', 'busybox', 'sh', '-ec', script)

test('a file that either side writes is there on the other at once', async () => {
  await writeFile(join(share, 'from-here'), 'here')
  expect(await inside('cat from-here; echo there >from-there')).toBe('here')
  expect(await readFile(join(share, 'from-there'), 'utf8')).toBe('there\n')
  await writeFile(join(share, 'from-there'), 'here again, and longer')
  expect(await inside('cat from-there')).toBe('here again, and longer')
  expect((await vm.vm(['status'])).stdout).toContain(`shares  ${share}\n`)
})

test('owners, modes and links are the same on both sides', async () => {
  await symlink('from-here', join(share, 'link-from-here'))
  expect(await inside('cat link-from-here; echo >own; chown 999:998 own; chmod 4750 own; ln -s own link; stat -c "%u %g %a" own')).toBe('here999 998 4750')
  const { uid, gid, mode } = await stat(join(share, 'own'))
  expect([uid, gid, (mode & 0o7777).toString(8), await readlink(join(share, 'link'))]).toEqual([999, 998, '4750', 'own'])
})

test('a file that is open can be renamed and removed', async () => {
  expect(await inside('exec 3<>open; echo words >&3; mv open other; cat other; rm other; echo more >&3; ls /proc/self/fd/3')).toBe('words\n/proc/self/fd/3')
})

test('a folder that is not there is made here, as it would be without a VM', async () => {
  await vm.ok('run', '--rm', '-v', `${share}/new/folder:/src`, 'busybox', 'sh', '-c', 'echo >/src/file')
  expect((await stat(join(share, 'new/folder/file'))).isFile()).toBe(true)
})

test.each(['/opt', '/root', '/'])('%s is not shared, and a bind of it is refused', async (path) => {
  const { code, stderr } = await vm.docker(['run', '--rm', '-v', `${path}:/src`, 'busybox', 'true'])
  expect([code, stderr]).toEqual([125, expect.stringContaining(`Mounts denied: The path ${path} is not shared with the virtual machine`)])
})

test('nothing beside it is reached by links, in a container or in the guest', async () => {
  await symlink(join(vm.home, 'beside'), join(share, 'out'))
  await symlink('../beside', join(share, 'up'))
  expect(await inside('cat out/secret up/secret ../beside/secret 2>&1 || echo none')).toMatch(/none$/)
  for (const link of ['out', 'up']) expect((await vm.docker(['run', '--rm', '-v', `${share}/${link}:/x`, 'busybox', 'ls'])).stderr).toContain('Mounts denied')
  expect((await vm.docker([...IN_THE_GUEST, 'cat', `${share}/up/secret`])).stderr).toContain('No such file or directory')
})

test('the root of the guest cannot be written, whatever is mounted in it', async () => {
  expect((await vm.docker([...IN_THE_GUEST, 'touch', '/file'])).stderr).toContain('Read-only file system')
})

test('the socket of the engine is where containers look for it', async () => {
  expect(await vm.ok('run', '--rm', '-v', '/var/run/docker.sock:/socket', 'busybox', 'stat', '-c', '%F', '/socket')).toBe('socket')
})
