import { link, lstat, mkdir, mkdtemp, open, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'
import { dockerArchive, tar } from './archives.ts'

let daemon: TestDaemon
let folder: string
beforeAll(async () => {
  daemon = await startDaemon()
  folder = await mkdtemp('/tmp/er-layers-')
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function ok(command: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, args)
  expect(code, `${command} ${args.join(' ')}: ${stderr}`).toBe(0)
  return stdout.trim()
}

async function load(layers: readonly Buffer[], name: string): Promise<string> {
  const { code, stdout, stderr } = await daemon.docker(['load'], { input: await dockerArchive({ layers }, [name]) })
  expect(code, stdout + stderr).toBe(0)
  return daemon.ok('inspect', '-f', '{{.GraphDriver.Data.UpperDir}}', name)
}

const LONG_NAME = 'n'.repeat(255)
const HOLE_BYTES = 3 * 1024 ** 3
const DEEP = `${'a-folder-with-a-name/'.repeat(40)}bottom`

/** Everything a file system can hold, as tar(1) of this machine packs it. */
async function everything(): Promise<Buffer> {
  const tree = join(folder, 'tree')
  await mkdir(join(tree, DEEP), { recursive: true })
  await writeFile(join(tree, LONG_NAME), 'long')
  await writeFile(join(tree, 'one'), 'linked')
  await link(join(tree, 'one'), join(tree, 'other'))
  await symlink('one', join(tree, 'symbolic'))
  await writeFile(join(tree, 'sparse'), 'start')
  await truncate(join(tree, 'sparse'), HOLE_BYTES)
  const file = await open(join(tree, 'sparse'), 'r+')
  await file.write('end', HOLE_BYTES - 3)
  await file.close()
  await writeFile(join(tree, 'capable'), 'x', { mode: 0o4755 })
  await ok('setcap', 'cap_net_raw+ep', join(tree, 'capable'))
  await ok('mkfifo', join(tree, 'pipe'))
  await ok('mknod', join(tree, 'device'), 'c', '1', '3')
  await ok('chown', '-h', '1234:5678', join(tree, 'one'))
  const file1 = join(folder, 'tree.tar')
  await ok('tar', '--create', `--file=${file1}`, `--directory=${tree}`, '--format=pax', '--sparse', '--xattrs', '--xattrs-include=*', '--numeric-owner', '.')
  return readFile(file1)
}

test('links, holes, devices, capabilities, owners and long names are what they were; a sparse file takes no space', async () => {
  const layer = await load([await everything()], 'everything:1')
  const at = (name: string) => lstat(join(layer, name))
  expect(await readFile(join(layer, LONG_NAME), 'utf8')).toBe('long')
  expect((await at(DEEP)).isDirectory()).toBe(true)
  const [one, other] = [await at('one'), await at('other')]
  expect([one.ino, one.nlink, one.uid, one.gid]).toEqual([other.ino, 2, 1234, 5678])
  const sparse = await at('sparse')
  expect(sparse.size).toBe(HOLE_BYTES)
  expect(sparse.blocks * 512).toBeLessThan(1024 * 1024)
  expect(await ok('tail', '-c', '3', join(layer, 'sparse'))).toBe('end')
  expect(await ok('getcap', '-n', join(layer, 'capable'))).toContain('cap_net_raw=ep')
  expect((await at('capable')).mode & 0o7777).toBe(0o4755)
  expect([(await at('pipe')).isFIFO(), (await at('device')).rdev]).toEqual([true, 0x103])
})

test('an image of 127 layers runs, with what each of them has', async () => {
  const numbers = Array.from({ length: 126 }, (_, i) => i)
  const busybox = await tar([
    { name: 'bin/', type: 'directory', mode: 0o755 },
    { name: 'bin/busybox', mode: 0o755, content: await readFile('/bin/busybox') },
  ])
  const others = await Promise.all(
    numbers.map((i) =>
      tar([
        [`layers/${i}`, `${i}`],
        ['top', `${i}`],
      ]),
    ),
  )
  await load([busybox, ...others], 'tall:1')
  const listing = await daemon.ok('run', '--rm', 'tall:1', '/bin/busybox', 'sh', '-c', 'busybox ls layers | busybox wc -l; busybox cat top')
  expect(listing.split('\n')).toEqual(['126', '125'])
})
