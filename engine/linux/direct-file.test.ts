import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DirectFile } from './direct-file.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'direct-'))
})
afterAll(() => rm(root, { recursive: true }))

const MEBIBYTE = 1024 * 1024

function pieces(bytes: Buffer, size: number): Readable {
  return Readable.from(Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size)))
}

describe('DirectFile', () => {
  it.each([0, 1, 511, 4096, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 3 * MEBIBYTE, 5 * MEBIBYTE + 4097])('%i bytes, however they come', async (size) => {
    const bytes = randomBytes(size)
    for (const pieceSize of [65_536, 100_003, 2 * MEBIBYTE + 7]) {
      const path = join(root, `${size}-${pieceSize}`)
      await pipeline(pieces(bytes, pieceSize), new DirectFile(path))
      expect((await readFile(path)).equals(bytes)).toBe(true)
      expect((await stat(path)).mode & 0o777).toBe(0o600)
    }
  })

  it('on a file system without it, as any other file', async () => {
    const folder = await mkdtemp('/dev/shm/direct-')
    const bytes = randomBytes(MEBIBYTE + 5)
    await pipeline(pieces(bytes, 65_536), new DirectFile(join(folder, 'file')))
    expect((await readFile(join(folder, 'file'))).equals(bytes)).toBe(true)
    await rm(folder, { recursive: true })
  })

  it('does not touch a file that is there', async () => {
    const path = join(root, 'taken')
    await writeFile(path, 'mine')
    await expect(pipeline(pieces(randomBytes(10), 10), new DirectFile(path))).rejects.toThrow('EEXIST')
    expect(await readFile(path, 'utf8')).toBe('mine')
  })

  it('closes its file when its source breaks', async () => {
    const broken = Readable.from(
      (async function* () {
        yield randomBytes(3 * MEBIBYTE)
        throw new Error('the client left')
      })(),
    )
    const file = new DirectFile(join(root, 'broken'))
    await expect(pipeline(broken, file)).rejects.toThrow('the client left')
    expect(file.closed).toBe(true)
  })
})
