import { randomBytes } from 'node:crypto'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filePieces } from './file-pieces.ts'

const MEBIBYTE = 1024 * 1024

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'pieces-'))
})
afterAll(() => rm(root, { recursive: true }))

describe('filePieces', () => {
  it.each([0, 1, 4096, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 2 * MEBIBYTE, 5 * MEBIBYTE + 17])('gives %i bytes as they are', async (size) => {
    const path = join(root, String(size))
    const bytes = randomBytes(size)
    await writeFile(path, bytes)
    const pieces: Buffer[] = []
    for await (const piece of filePieces(path, size)) {
      // The next piece is being read meanwhile: it must not be into this one.
      await new Promise(setImmediate)
      pieces.push(Buffer.from(piece))
    }
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
  })

  it('gives all of a file that has grown', async () => {
    const path = join(root, 'grown')
    await writeFile(path, 'one')
    await appendFile(path, ' and two')
    let text = ''
    for await (const piece of filePieces(path, 3)) text += piece.toString()
    expect(text).toBe('one and two')
  })

  it('may be left before its end', async () => {
    const path = join(root, 'left')
    await writeFile(path, randomBytes(3 * MEBIBYTE))
    for await (const piece of filePieces(path, 3 * MEBIBYTE)) {
      expect(piece.length).toBe(MEBIBYTE)
      break
    }
  })
})
