import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RealVm } from '../harness/real-vm.ts'
import { succeed } from './machine.ts'

/** The image that Macs boot, whose processor QEMU translates here. */
let vm: RealVm

beforeAll(async () => {
  vm = await RealVm.create()
  await vm.build('arm64')
  await vm.start('--cpus', '1', '--share', 'none')
  await importBusybox()
})
afterAll(() => vm?.[Symbol.asyncDispose]())

/** The one that is in the guest's root image. */
async function importBusybox(): Promise<void> {
  const [root, rootfs] = [join(vm.home, 'root'), join(vm.home, 'rootfs')]
  await succeed('fsck.erofs', [`--extract=${root}`, join(vm.image, 'root.erofs')])
  await mkdir(join(rootfs, 'bin'), { recursive: true })
  await succeed('cp', [join(root, 'usr/bin/busybox'), join(rootfs, 'bin/sh')])
  await succeed('tar', ['-C', rootfs, '-cf', join(vm.home, 'rootfs.tar'), '.'])
  await vm.ok('import', join(vm.home, 'rootfs.tar'), 'busybox')
}

test('its engine answers, of that processor', async () => {
  expect(await vm.ok('info', '--format', '{{.Architecture}} {{.DefaultRuntime}}')).toBe('aarch64 crun')
})

test('what is typed reaches a container, and what that says comes back', async () => {
  const { stdout, stderr, code } = await vm.docker(['run', '--rm', '-i', 'busybox', 'sh', '-c', 'read line; echo "got $line"; echo wrong >&2; exit 3'], {
    input: 'words\n',
  })
  expect([stdout, stderr, code]).toEqual(['got words\n', 'wrong\n', 3])
})

test('exec has the streams of its process, however much they carry', async () => {
  await vm.ok('run', '-d', '--name', 'one', 'busybox', 'sh', '-c', 'while true; do read -t 1000 line; done')
  const input = 'x'.repeat(1_000_000)
  const { stdout } = await vm.docker(['exec', '-i', 'one', 'sh', '-c', 'cat'], { input })
  expect(stdout === input).toBe(true)
  await vm.ok('rm', '-f', 'one')
})
