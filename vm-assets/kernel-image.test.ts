import { describe, expect, it } from 'vitest'
import { payloadOfBzImage } from './kernel-image.ts'

/** A bzImage as small as can be: one setup sector besides the boot sector, then the payload and its size. */
function bzImage(payload: Buffer, { version = 0x20f, claimed = payload.length + 4 } = {}): Buffer {
  const image = Buffer.alloc(1024 + 16 + payload.length + 4)
  image.writeUInt8(1, 0x1f1)
  image.write('HdrS', 0x202)
  image.writeUInt16LE(version, 0x206)
  image.writeUInt32LE(16, 0x248)
  image.writeUInt32LE(claimed, 0x24c)
  payload.copy(image, 1024 + 16)
  return image
}

const XZ = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 1, 2, 3])

describe('the payload of a bzImage', () => {
  it('is found, without the size after it', () => expect(payloadOfBzImage(bzImage(XZ))).toEqual({ compression: 'xz', bytes: XZ }))

  it.each([
    ['gzip', [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]],
    ['zstd', [0x28, 0xb5, 0x2f, 0xfd, 0, 0]],
    ['lz4', [0x02, 0x21, 0x4c, 0x18, 0, 0]],
  ])('may be %s', (compression, bytes) => expect(payloadOfBzImage(bzImage(Buffer.from(bytes))).compression).toBe(compression))

  it('is refused when nobody knows how it is compressed', () => {
    expect(() => payloadOfBzImage(bzImage(Buffer.from([1, 2, 3, 4, 5, 6])))).toThrow('it begins with 010203040506')
  })

  it('is refused when it is cut off', () => expect(() => payloadOfBzImage(bzImage(XZ, { claimed: 4096 }))).toThrow('ends before its payload'))

  it('is not looked for in an old kernel', () => expect(() => payloadOfBzImage(bzImage(XZ, { version: 0x207 }))).toThrow('boot protocol 2.07'))

  it('is not looked for in what is no kernel', () => expect(() => payloadOfBzImage(Buffer.alloc(4096))).toThrow('it has no HdrS'))
})
