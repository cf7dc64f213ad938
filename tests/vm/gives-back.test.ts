import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PATIENCE_MS, RealVm } from '../harness/real-vm.ts'
import { until } from '../harness/until.ts'

/** What a VM does not need any more, memory and disk, is this computer's again; and what it gets it uses at once. */
let vm: RealVm

beforeAll(async () => {
  vm = await RealVm.create()
  await vm.prepare('--cpus', '1', '--share', 'none')
})
afterAll(() => vm?.[Symbol.asyncDispose]())

/** The bar of the issue. */
const MEMORY_IS_BACK_AFTER_MS = 30_000

test('of 300 MB of a container, 200 MB are back 30 seconds after it has ended', async () => {
  const before = await guestMemory()
  // A tmpfs of 300 MB, until it is stopped.
  const fill = 'head -c 300000000 /dev/zero >/held/zeroes; echo full; exec sleep 100000'
  await vm.ok('run', '-d', '--name', 'large', '--tmpfs', '/held:size=400m', 'busybox', 'sh', '-c', fill)
  await until('the container to hold 300 MB', async () => (await vm.ok('logs', 'large')).includes('full'), PATIENCE_MS)
  const during = await guestMemory()
  await vm.ok('rm', '-f', 'large')
  const endedAt = performance.now()
  const after = await until(
    '200 MB to be back',
    async () => {
      const now = await guestMemory()
      return during - now >= 200e6 && now
    },
    MEMORY_IS_BACK_AFTER_MS,
  )
  process.stdout.write(`memory: ${mb(before)} before, ${mb(during)} during, ${mb(after)} after ${((performance.now() - endedAt) / 1000).toFixed(0)} s\n`)
  const { memory } = await vm.status()
  // All of QEMU, not the guest's part alone.
  expect(memory.hostBytes).toBeGreaterThan(after)
})

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

/** What of the guest's memory this computer holds: of QEMU's, what is a file without a name. @see proc_pid_status(5) */
async function guestMemory(): Promise<number> {
  const { pid = 0 } = await vm.status()
  return Number(/^RssShmem:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

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
