import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BARE_NAMES, packTar } from '../linux/tar.ts'
import { largeFileIn, largeLayer } from './large-layer.ts'
import { fromOverlay } from './layer-tar.ts'

const MEBIBYTE = 1024 * 1024

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'large-layer-'))
})
afterEach(() => rm(root, { recursive: true }))

async function put(path: string, sizeBytes: number): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), randomBytes(sizeBytes))
}

async function throughTar(): Promise<Buffer> {
  const packed = packTar(root, ['.'], [BARE_NAMES])
  const layer = fromOverlay(() => undefined)
  const [bytes] = await Promise.all([buffer(layer), pipeline(packed.stream, layer), packed.done])
  return bytes
}

async function aroundTar(): Promise<Buffer> {
  const file = await largeFileIn(root)
  if (!file) throw new Error('no large file')
  const pieces: Buffer[] = []
  for await (const piece of largeLayer(root, file)) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

describe('largeLayer', () => {
  it.each([
    ['big', MEBIBYTE],
    ['big', MEBIBYTE + 1],
    // Where the end fits into the last record of tar(1), and where it just does not.
    ['whole-second', 110 * 10_240 - 2048],
    ['whole-second', 110 * 10_240 - 1536],
    ['whole-second', 110 * 10_240 - 1535],
    ['srv/app/data/big', 3 * MEBIBYTE + 511],
    [`${'long'.repeat(30)}/${'longer'.repeat(30)}`, 2 * MEBIBYTE],
    ['größer', 2 * MEBIBYTE - 1],
  ])('of %s, %i bytes, is what tar(1) packs', async (path, sizeBytes) => {
    await put(path, sizeBytes)
    if (path === 'whole-second') for (const one of [root, join(root, path)]) await utimes(one, 1_700_000_000, 1_700_000_000)
    expect((await aroundTar()).equals(await throughTar())).toBe(true)
  })

  it('fails when the file is cut while it is read', async () => {
    await put('big', 5 * MEBIBYTE)
    const file = await largeFileIn(root)
    if (!file) throw new Error('no large file')
    const read = async () => {
      for await (const _ of largeLayer(root, file)) await truncate(file.path, MEBIBYTE)
    }
    await expect(read()).rejects.toThrow(/changed while it was packed/)
  })
})

describe('largeFileIn', () => {
  it('finds none where there is more, or only something small, or a link', async () => {
    expect(await largeFileIn(root)).toBeUndefined()
    await put('app/small', 100)
    expect(await largeFileIn(root)).toBeUndefined()
    await put('app/big', MEBIBYTE)
    expect(await largeFileIn(root)).toBeUndefined()
    await rm(join(root, 'app/small'))
    expect(await largeFileIn(root)).toEqual({ path: join(root, 'app/big'), sizeBytes: MEBIBYTE })
    await put('zz', 1)
    expect(await largeFileIn(root)).toBeUndefined()
    await rm(join(root, 'zz'))
    await rm(join(root, 'app'), { recursive: true })
    await symlink('/etc/passwd', join(root, 'link'))
    expect(await largeFileIn(root)).toBeUndefined()
  })
})
