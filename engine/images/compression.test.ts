import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decompressed, isCompressed } from './compression.ts'

const PLAIN = 'some text, again and again. '.repeat(100)
/** "hello\n" as bzip2(1) and xz(1) wrote it. */
const BZIP2 = Buffer.from('QlpoOTFBWSZTWcHAgOIAAAFBAAAQAkSgADDNAMNGKZcXckU4UJDBwIDi', 'base64')
const XZ = Buffer.from('/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAFaGVsbG8KAAAApWCX8ZT2/eAAAR4GwS+kHR+2830BAAAAAARZWg==', 'base64')

const inPieces = (bytes: Buffer, size: number) =>
  Readable.from(Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size)))

describe('decompressed', () => {
  it.each<[string, Buffer, string]>([
    ['plain text', Buffer.from(PLAIN), PLAIN],
    ['gzip', gzipSync(PLAIN), PLAIN],
    ['zstd', zstdCompressSync(PLAIN), PLAIN],
    ['bzip2', BZIP2, 'hello\n'],
    ['xz', XZ, 'hello\n'],
    ['nothing', Buffer.alloc(0), ''],
    ['less than a magic number', Buffer.from('x'), 'x'],
  ])('%s, however it is cut', async (_, bytes, expected) => {
    for (const size of [1, 3, 100_000]) expect(await text(await decompressed(inPieces(bytes, size)))).toBe(expected)
  })

  it.each<[string, Buffer]>([
    ['gzip', gzipSync(PLAIN)],
    ['zstd', zstdCompressSync(PLAIN)],
    ['bzip2', BZIP2],
    ['xz', XZ],
  ])('%s that was cut off is an error', async (_, bytes) => {
    await expect(decompressed(inPieces(bytes.subarray(0, -8), 1000)).then(text)).rejects.toThrow()
  })

  it('passes on the error of its source', async () => {
    const source = new Readable({ read() {} })
    source.push(gzipSync(PLAIN).subarray(0, 20))
    const plain = await decompressed(source)
    source.destroy(new Error('the client left'))
    await expect(text(plain)).rejects.toThrow('the client left')
  })
})

describe('decompressed, of a source that is closed before its end', () => {
  it.each<[string, Buffer]>([
    ['before its first byte', Buffer.alloc(0)],
    ['in the middle', gzipSync(PLAIN).subarray(0, 20)],
  ])('%s, is an error', async (_, bytes) => {
    const source = new Readable({ read() {} })
    if (bytes.length > 0) source.push(bytes)
    const plain = decompressed(source).then(text)
    plain.catch(() => undefined)
    await new Promise((resolve) => setImmediate(resolve))
    source.destroy()
    await expect(plain).rejects.toThrow(/close/)
  })
})

describe('isCompressed', () => {
  it('looks at the first bytes of a file', () => {
    expect(isCompressed(gzipSync(''))).toBe(true)
    expect(isCompressed(Buffer.from(PLAIN))).toBe(false)
    expect(isCompressed(Buffer.alloc(0))).toBe(false)
  })
})
