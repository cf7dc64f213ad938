import { expect, test } from 'vitest'
import { logPieces } from './log-frames.ts'

function frame(source: 1 | 2, text: string): Uint8Array {
  const body = new TextEncoder().encode(text)
  const bytes = new Uint8Array(8 + body.length)
  bytes[0] = source
  new DataView(bytes.buffer).setUint32(4, body.length)
  bytes.set(body, 8)
  return bytes
}

async function* inChunksOf(size: number, bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
}

async function read(size: number, isMultiplexed: boolean, ...parts: Uint8Array[]): Promise<string[]> {
  const bytes = new Uint8Array(parts.flatMap((part) => [...part]))
  const pieces = await Array.fromAsync(logPieces(inChunksOf(size, bytes), isMultiplexed))
  return pieces.map(({ source, bytes: text }) => `${source}:${new TextDecoder().decode(text)}`)
}

test.each([1, 3, 8, 9])('frames are taken apart wherever the chunks of %i bytes end', async (size) => {
  const pieces = await read(size, true, frame(1, 'hello\n'), frame(2, 'bad\n'), frame(1, ''), frame(1, 'ünïcode\n'))
  expect(pieces).toEqual(['stdout:hello\n', 'stderr:bad\n', 'stdout:', 'stdout:ünïcode\n'])
})

test('frames that come together are one piece as long as their source is one', async () => {
  const pieces = await read(1000, true, frame(1, 'one\n'), frame(1, 'two\n'), frame(2, 'bad\n'), frame(1, 'three\n'))
  expect(pieces).toEqual(['stdout:one\ntwo\n', 'stderr:bad\n', 'stdout:three\n'])
})

test('a frame that never ends is not shown as if it had', async () => {
  expect(await read(4, true, frame(1, 'whole\n'), frame(1, 'broken off').slice(0, 12))).toEqual(['stdout:whole\n'])
})

test('a terminal has no frames', async () => {
  expect((await read(5, false, new TextEncoder().encode('$ ls\r\nbin\r\n'))).join('')).toBe('stdout:$ ls\rstdout:\nbin\rstdout:\n')
})
