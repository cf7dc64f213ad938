import { describe, expect, it } from 'vitest'
import { hasValidChecksum, newEntry, numberAt, paddingOf, readEntry, readPax, TarType, withRecords } from './tar-entry.ts'

const plain = { type: TarType.file, mode: 0o644, modifiedAt: 1_700_000_000 }
const none = { records: new Map<string, string>() }

describe('entries of our own', () => {
  it('can be read back', () => {
    const block = newEntry('etc/motd', plain)
    expect(block).toHaveLength(512)
    expect(hasValidChecksum(block)).toBe(true)
    expect(readEntry(block, block, none)).toMatchObject({ path: 'etc/motd', type: '0', sizeBytes: 0, linkPath: '' })
    expect([numberAt(block, 100, 8), numberAt(block, 136, 12)]).toEqual([0o644, 1_700_000_000])
  })

  it('with a long path carry it in an extension', () => {
    const path = 'd/'.repeat(80)
    const blocks = newEntry(path, plain)
    expect(blocks.length).toBe(512 * 3)
    const header = blocks.subarray(1024)
    expect(readEntry(header, blocks, { records: readPax(blocks.subarray(512, 512 + numberAt(blocks, 124, 12))) }).path).toBe(path)
  })
})

describe('extension records', () => {
  it.each([1, 2, 86, 87, 88, 89, 90, 950, 980, 985, 986, 987, 988, 989, 990, 991, 1000, 9980])('count their own length, value of %d bytes', (length) => {
    const records = new Map([
      ['path', 'x'.repeat(length)],
      ['SCHILY.xattr.user.a', '\x00\xff=\n'],
    ])
    const blocks = withRecords(newEntry('x', plain), records)
    expect(blocks.length % 512).toBe(0)
    expect(readPax(blocks.subarray(512, 512 + numberAt(blocks, 124, 12)))).toEqual(records)
  })

  it.each(['x', '5 a', '99 path=x\n', '-3 a=b\n', '1e1 a=b\n', '8 pathx\n', '0 a=b\n'])('%j is malformed', (text) => {
    expect(() => readPax(Buffer.from(text))).toThrow('archive/tar: invalid tar header')
  })
})

describe('readEntry', () => {
  function header(change: (block: Buffer) => void): Buffer {
    const block = Buffer.from(newEntry('name', plain))
    change(block)
    return block
  }
  const read = (block: Buffer, extensions: Parameters<typeof readEntry>[2] = none) => readEntry(block, block, extensions)

  it('joins the prefix', () => expect(read(header((block) => block.write('some/folder', 345))).path).toBe('some/folder/name'))

  it('knows where old star keeps its times', () => {
    const block = header((one) => {
      one.write('p'.repeat(131), 345)
      one.write('00000000000 ', 345 + 131)
      one.write('tar\0', 508)
    })
    expect(read(block).path).toBe(`${'p'.repeat(131)}/name`)
  })

  it('takes names from extensions first', () => {
    const records = new Map([
      ['path', 'pax'],
      ['linkpath', 'target'],
    ])
    expect(
      read(
        header(() => {}),
        { records, longName: 'gnu', longLink: 'gnu' },
      ),
    ).toMatchObject({ path: 'pax', linkPath: 'target' })
    expect(
      read(
        header(() => {}),
        { ...none, longName: 'gnu', longLink: 'link' },
      ),
    ).toMatchObject({ path: 'gnu', linkPath: 'link' })
  })

  it('reads sizes in octal, in base 256, and from extensions', () => {
    const large = header((block) => {
      block.fill(0, 124, 136)
      block[124] = 0x80
      block.writeUIntBE(2 ** 33 + 5, 130, 6)
    })
    expect(read(header((block) => block.write('00000000017 ', 124))).sizeBytes).toBe(15)
    expect(read(large).sizeBytes).toBe(2 ** 33 + 5)
    expect(read(large, { records: new Map([['size', '7']]) }).sizeBytes).toBe(7)
  })

  it('a hard link has no content, whatever its size says', () => {
    const link = header((block) => {
      block.write(TarType.link, 156)
      block.write('00000000017 ', 124)
    })
    expect(read(link).sizeBytes).toBe(0)
  })

  it.each([
    ['a folder with content', (block: Buffer) => block.write('5', 156) && block.write('00000000017 ', 124)],
    ['letters for a number', (block: Buffer) => block.write('0000zzz0000 ', 124)],
    ['a negative size', (block: Buffer) => block.fill(0xff, 124, 136)],
  ])('refuses %s', (_, change) => expect(() => read(header(change))).toThrow('archive/tar: invalid tar header'))

  it('sees when a sum is wrong', () => expect(hasValidChecksum(header((block) => block.write('X', 0)))).toBe(false))
})

describe('paddingOf', () => {
  it.each([
    [0, 0],
    [1, 511],
    [512, 0],
    [513, 511],
  ])('%d', (size, padding) => expect(paddingOf(size)).toBe(padding))
})
