import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { pack } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { type TarEdit, TarEditor } from './tar-editor.ts'
import { newEntry, type TarEntry, TarType } from './tar-entry.ts'

const END = Buffer.alloc(1024)
const keep = (entry: TarEntry): TarEdit => ({ blocks: entry.blocks, hasContent: true })

async function archive(): Promise<Buffer> {
  const files = pack()
  files.entry({ name: 'a', mtime: new Date(0) }, 'content of a')
  files.entry({ name: `deep/${'long/'.repeat(40)}name`, mtime: new Date(0), pax: { 'SCHILY.xattr.user.x': 'é' } }, 'x'.repeat(600))
  files.entry({ name: 'folder/', type: 'directory', mtime: new Date(0) })
  files.entry({ name: 'link', type: 'symlink', linkname: 'a', mtime: new Date(0) })
  files.finalize()
  return buffer(files)
}

/** Sends an archive through an editor in pieces of so many bytes. */
async function edit(bytes: Buffer, change: (entry: TarEntry) => TarEdit, pieceBytes = bytes.length): Promise<Buffer> {
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, i) => bytes.subarray(i * pieceBytes, (i + 1) * pieceBytes))
  const editor = new TarEditor(change)
  const [result] = await Promise.all([buffer(editor), pipeline(Readable.from(pieces), editor)])
  return result
}

describe('TarEditor', () => {
  it.each([1, 7, 511, 512, 513, 100_000])('changes not a byte of what it keeps, in pieces of %d', async (pieceBytes) => {
    const bytes = await archive()
    expect(await edit(bytes, keep, pieceBytes)).toEqual(bytes)
  })

  it('leaves out, and puts in after', async () => {
    const extra = newEntry('extra', { type: TarType.file, mode: 0o600, modifiedAt: 0 })
    const bytes = await edit(await archive(), (entry) =>
      entry.path === 'a' ? { ...keep(entry), after: extra } : { blocks: Buffer.alloc(0), hasContent: false },
    )
    const seen: string[] = []
    await edit(bytes, (entry) => {
      seen.push(entry.path)
      return keep(entry)
    })
    expect(seen).toEqual(['a', 'extra'])
  })

  it('knows old GNU names, and forgets a name after its entry', async () => {
    const long = `${'n'.repeat(150)}`
    const text = Buffer.alloc(512)
    text.write(long)
    const longHeader = Buffer.from(newEntry('././@LongLink', { type: 'L', mode: 0, modifiedAt: 0 }))
    longHeader.write('00000000227', 124) // 151: with its last zero byte.
    const bytes = Buffer.concat([
      withSum(longHeader),
      text,
      newEntry('short', { type: '0', mode: 0, modifiedAt: 0 }),
      newEntry('next', { type: '0', mode: 0, modifiedAt: 0 }),
      END,
    ])
    const seen: string[] = []
    await edit(bytes, (entry) => {
      seen.push(entry.path)
      return keep(entry)
    })
    expect(seen).toEqual([long, 'next'])
  })

  it('drops global headers and keeps what follows them', async () => {
    const global = Buffer.from(newEntry('pax_global_header', { type: 'g', mode: 0, modifiedAt: 0 }))
    global.write('00000000013', 124)
    const comment = Buffer.alloc(512)
    comment.write('11 a=bcdef\n')
    const entry = newEntry('x', { type: '0', mode: 0, modifiedAt: 0 })
    expect(await edit(Buffer.concat([withSum(global), comment, entry, END]), keep)).toEqual(Buffer.concat([entry, END]))
  })

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['cut off in a header', (bytes) => bytes.subarray(0, 300)],
    ['cut off in content', (bytes) => bytes.subarray(0, 600)],
    ['no tar at all', () => Buffer.alloc(2048, 'not a tar ')],
    ['with a header that was damaged', (bytes) => Buffer.concat([Buffer.from('b'), bytes.subarray(1)])],
  ])('refuses an archive %s', async (_, damage) => {
    const damaged = damage(await archive())
    await expect(edit(damaged, keep)).rejects.toThrow('archive/tar: invalid tar header')
  })

  it('refuses an extension that would fill the memory', async () => {
    const bomb = Buffer.from(newEntry('././@LongLink', { type: 'L', mode: 0, modifiedAt: 0 }))
    bomb.write('17777777777', 124)
    await expect(edit(Buffer.concat([withSum(bomb), END]), keep)).rejects.toThrow('archive/tar: invalid tar header')
  })
})

function withSum(header: Buffer): Buffer {
  header.fill(0x20, 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}
