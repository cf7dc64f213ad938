import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendFile } from './send-file.ts'

/** More than the two buffers hold, and no whole number of them. */
const BYTES = Buffer.from(Array.from({ length: 700_001 }, (_, index) => (index * 31) % 251))

let folder: string
let path: string
beforeAll(async () => {
  folder = await mkdtemp('/tmp/er-send-')
  path = join(folder, 'file')
  await writeFile(path, BYTES)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Keeps what it is given as it is some time later: a buffer that is used again too early spoils it. */
class Slow extends Writable {
  readonly pieces: Buffer[] = []
  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    setTimeout(() => {
      this.pieces.push(Buffer.from(chunk))
      done()
    }, 20)
  }
}

describe('sendFile', () => {
  it.each([
    [undefined, BYTES],
    [{ first: 0, last: 0 }, BYTES.subarray(0, 1)],
    [{ first: 300_000, last: 700_000 }, BYTES.subarray(300_000)],
    [{ first: 262_144, last: 524_287 }, BYTES.subarray(262_144, 524_288)],
  ])('sends %o, whole and in order, and leaves the stream open', async (range, expected) => {
    const target = new Slow()
    await sendFile(await open(path, 'r'), range, target)
    expect(Buffer.concat(target.pieces).equals(expected)).toBe(true)
    expect(target.writableEnded).toBe(false)
  })

  it('sends an empty file', async () => {
    await writeFile(join(folder, 'empty'), '')
    const target = new Slow()
    await sendFile(await open(join(folder, 'empty'), 'r'), undefined, target)
    expect(target.pieces).toEqual([])
  })

  it('ends, and closes the file, when the stream is closed', async () => {
    const file = await open(path, 'r')
    const target = new Writable({ write: () => target.destroy() })
    await expect(sendFile(file, undefined, target)).rejects.toThrow()
    expect(file.fd).toBe(-1)
    const gone = new Slow()
    gone.destroy()
    await expect(sendFile(await open(path, 'r'), undefined, gone)).rejects.toThrow()
  })
})
