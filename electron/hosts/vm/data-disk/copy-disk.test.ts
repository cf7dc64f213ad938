import { mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { copyDisk, digestOnDisk } from './copy-disk.ts'

let folder: string
let disk: string
const MIB = 1024 ** 2
const context = () => ({ signal: new AbortController().signal, onBytes: (bytes: number) => void told.push(bytes) })
let told: number[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
  disk = join(folder, 'disk')
  told = []
})
afterEach(() => rm(folder, { recursive: true }))

/** Something at its begin, in the middle of a piece, across two chunks and at its end, which is at no whole block. */
async function makeSparse(path: string): Promise<void> {
  await using file = await open(path, 'w')
  for (const at of [0, 200_000, 3 * MIB - 10, 9 * MIB + 100]) await file.write(Buffer.from('something that was written'), 0, undefined, at)
}

test('a copy is the same, with holes where there was nothing, and as private', async () => {
  await makeSparse(disk)
  const copy = join(folder, 'copy')
  const digest = await copyDisk(disk, copy, context())
  expect((await readFile(copy)).equals(await readFile(disk))).toBe(true)
  expect(await digestOnDisk(copy, context())).toBe(digest)
  const { blocks, mode, size } = await stat(copy)
  expect([blocks * 512 < MIB, mode & 0o777, told.at(-1)]).toEqual([true, 0o600, size])
})

test.each([
  ['one byte', () => writeAt(200_001)],
  ['one byte where there was nothing', () => writeAt(5 * MIB)],
  ['the length', () => truncate(disk, 20 * MIB)],
])('a difference of %s is seen', async (_, spoil) => {
  await makeSparse(disk)
  const digest = await digestOnDisk(disk, context())
  await spoil()
  expect(await digestOnDisk(disk, context())).not.toBe(digest)
})

async function writeAt(at: number): Promise<void> {
  await using file = await open(disk, 'r+')
  await file.write(Buffer.from('X'), 0, 1, at)
}

test('an empty file is one, too', async () => {
  await writeFile(disk, '')
  expect(await copyDisk(disk, join(folder, 'copy'), context())).toBe(await digestOnDisk(join(folder, 'copy'), context()))
})

test('what is there already is not written over', async () => {
  await writeFile(disk, 'x')
  await writeFile(join(folder, 'copy'), 'of somebody')
  await expect(copyDisk(disk, join(folder, 'copy'), context())).rejects.toThrow('EEXIST')
  expect(await readFile(join(folder, 'copy'), 'utf8')).toBe('of somebody')
})
