import { mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from '../linux/run.ts'
import { readTar } from './tar-reader.ts'

const LONG = `${'long-'.repeat(40)}name`
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tar-'))
  await writeFile(join(folder, 'small'), 'five\n')
  await writeFile(join(folder, LONG), 'x'.repeat(1000))
  await writeFile(join(folder, 'holes'), 'begin')
  await truncate(join(folder, 'holes'), 1024 * 1024)
  await symlink('/etc/passwd', join(folder, 'link'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  await rm(`${folder}.tar`)
})

async function tar(...args: string[]): Promise<Buffer> {
  await run('tar', ['-C', folder, '-cf', `${folder}.tar`, '--sort=name', ...args])
  return readFile(`${folder}.tar`)
}

/** In chunks of awkward size. */
async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function list(bytes: Buffer, size = 777): Promise<[string, string, number][]> {
  const found: [string, string, number][] = []
  for await (const { entry, content } of readTar(chunksOf(bytes, size))) found.push([entry.path, entry.type, (await buffer(content())).length])
  return found
}

it.each(['gnu', 'pax', 'posix'])('reads what tar writes in the %s format', async (format) => {
  expect(await list(await tar(`--format=${format}`, 'small', LONG, 'link'))).toEqual([
    ['small', '0', 5],
    [LONG, '0', 1000],
    ['link', '2', 0],
  ])
})

it('skips content that nobody reads', async () => {
  const names: string[] = []
  for await (const { entry } of readTar(chunksOf(await tar('small', LONG, 'link'), 100))) names.push(entry.path)
  expect(names).toEqual(['small', LONG, 'link'])
})

it('tells the data of a sparse file from its map', async () => {
  const members: number[] = []
  for await (const { entry, content, sparseBlocks } of readTar(chunksOf(await tar('--format=gnu', '--sparse', 'holes', 'small'), 512))) {
    expect(sparseBlocks.length % 512).toBe(0)
    members.push((await buffer(content())).length)
    expect(entry.type).toBe(members.length === 1 ? 'S' : '0')
  }
  expect(members[0]).toBeLessThan(10_000)
  expect(members[1]).toBe(5)
})

it.each([1, 100, 512, 700])('refuses an archive that was cut off after %i bytes', async (length) => {
  await expect(list((await tar(LONG)).subarray(0, length))).rejects.toThrow('unexpected EOF')
})

it('takes the end of the last content for the end', async () => {
  expect(await list((await tar('small')).subarray(0, 512 + 5))).toEqual([['small', '0', 5]])
})

it('takes no bytes for an empty archive, and noise for none', async () => {
  expect(await list(Buffer.alloc(0))).toEqual([])
  expect(await list(Buffer.alloc(10_240))).toEqual([])
  await expect(list(Buffer.alloc(1024, 'noise'))).rejects.toThrow('archive/tar: invalid tar header')
})
