import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PATIENCE_MS, RealVm } from '../harness/real-vm.ts'
import { until } from '../harness/until.ts'

/** Room on the disk that a VM does not need any more is this computer's again; and what it gets it uses at once. */
let vm: RealVm

beforeAll(async () => {
  vm = await RealVm.create()
  await vm.build()
  await vm.start('--cpus', '1', '--share', 'none')
  await vm.loadBusybox()
})
afterAll(() => vm?.[Symbol.asyncDispose]())

test('an image of 200 MB that is removed takes no room on this computer any more', async () => {
  const context = join(vm.home, 'context')
  await mkdir(context)
  await writeFile(join(context, 'Dockerfile'), 'FROM busybox\nRUN head -c 200000000 /dev/urandom >/noise\n')
  const before = await diskTakes()
  await vm.ok('build', '-q', '-t', 'noise', context)
  await vm.ok('run', '--rm', 'busybox', 'sync')
  const during = await diskTakes()
  expect(during - before).toBeGreaterThan(200e6)
  expect((await vm.status()).disk.hostBytes).toBe(during)
  await vm.ok('rmi', 'noise')
  // ext4 discards with its next commit, some five seconds later.
  const after = await until(
    'the room to be back',
    async () => {
      const now = await diskTakes()
      return during - now >= 200e6 && now
    },
    PATIENCE_MS,
  )
  process.stdout.write(`disk: ${mb(before)} before, ${mb(during)} during, ${mb(after)} after\n`)
})

test('a disk that is made larger is larger in the guest at once', async () => {
  const { pid } = await vm.status()
  expect(await guestDiskBytes()).toBeLessThan(8 * 1024 ** 3)
  expect((await vm.vm(['resize', '--disk', '12g'])).stderr).toContain('The data disk has 12 GiB now.')
  expect(await guestDiskBytes()).toBeGreaterThan(11 * 1024 ** 3)
  const now = await vm.status()
  expect([now.pid, now.disk.sizeBytes]).toEqual([pid, 12 * 1024 ** 3])
})

async function diskTakes(): Promise<number> {
  return (await stat(vm.file('default', 'data.qcow2'))).blocks * 512
}

/** Of the file system that containers are on. */
async function guestDiskBytes(): Promise<number> {
  const table = await vm.ok('run', '--rm', 'busybox', 'df', '-k', '/')
  return Number(/ (\d+) +\d+ +\d+ +\d+% \/$/m.exec(table)?.[1]) * 1024
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`
}
