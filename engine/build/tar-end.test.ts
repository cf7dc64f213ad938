import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { TarEnd } from './tar-end.ts'

/** Of a file of five bytes and an empty one behind it. */
async function archive(): Promise<Buffer> {
  const tar = pack()
  tar.entry({ name: 'a' }, 'text\n')
  tar.entry({ name: 'b' }, '')
  tar.finalize()
  return buffer(tar)
}

const FIRST_FILE = 512 + 5

async function ended(bytes: Buffer, chunkSize = 100): Promise<Buffer> {
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkSize) }, (_, index) => bytes.subarray(index * chunkSize, (index + 1) * chunkSize))
  return buffer(Readable.from(chunks).pipe(new TarEnd()))
}

describe('an end is added', () => {
  it.each([
    ['behind a file without padding', FIRST_FILE, 1024],
    ['behind a padded file', 1024, 1024],
    ['behind an empty file', 1536, 1536],
    ['where there is nothing', 0, 0],
  ])('%s', async (_, length, paddedLength) => {
    const whole = await archive()
    const expected = Buffer.concat([whole.subarray(0, length), Buffer.alloc(paddedLength - length + 1024)])
    expect(await ended(whole.subarray(0, length))).toEqual(expected)
    expect(await ended(whole.subarray(0, length), 1_000_000)).toEqual(expected)
  })
})

describe('nothing is added', () => {
  it.each([
    ['to a whole archive', 10_000],
    ['after the first of the empty blocks', 2048],
    ['inside a header', 300],
    ['inside a file', FIRST_FILE - 1],
  ])('%s', async (_, length) => {
    const bytes = (await archive()).subarray(0, length)
    expect(await ended(bytes)).toEqual(bytes)
  })

  it('to what is no archive', async () => {
    const text = Buffer.alloc(2000, 'no archive ')
    expect(await ended(text)).toEqual(text)
  })
})
