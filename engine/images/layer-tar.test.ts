import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { type Header, pack } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { fromOverlay, toOverlay } from './layer-tar.ts'
import { TarEditor } from './tar-editor.ts'
import { numberAt } from './tar-entry.ts'

type File = Partial<Header> & Pick<Header, 'name'> & { readonly content?: string }

/** One entry as a word: path, type, and what overlayfs or a link says of it. */
async function words(bytes: Buffer): Promise<string[]> {
  const seen: string[] = []
  const reader = new TarEditor((entry) => {
    const device = entry.type === '3' ? ` ${numberAt(entry.header, 329, 8)}/${numberAt(entry.header, 337, 8)}` : ''
    const opaque = entry.records.get('SCHILY.xattr.trusted.overlay.opaque') === 'y' ? ' opaque' : ''
    seen.push(`${entry.path} ${entry.type}${device}${opaque}${entry.linkPath === '' ? '' : ` -> ${entry.linkPath}`}`)
    return { blocks: entry.blocks, hasContent: true }
  })
  await Promise.all([buffer(reader), pipeline(Readable.from([bytes]), reader)])
  return seen
}

async function through(editor: TarEditor, files: readonly File[]): Promise<Buffer> {
  const archive = pack()
  for (const { content, ...header } of files) archive.entry({ mtime: new Date(0), ...header }, content ?? '')
  archive.finalize()
  const [bytes] = await Promise.all([buffer(editor), pipeline(archive, editor)])
  return bytes
}

async function toOverlayWords(...files: File[]): Promise<string[]> {
  return words(
    await through(
      toOverlay(() => {}),
      files,
    ),
  )
}

const folder = (name: string): File => ({ name, type: 'directory' })

describe('a layer for overlayfs', () => {
  it('makes a whiteout a 0/0 device', async () => {
    expect(await toOverlayWords(folder('etc/'), { name: 'etc/.wh.passwd' })).toEqual(['etc/ 5', 'etc/passwd 3 0/0'])
  })

  it('marks a folder opaque, whether the layer has told of it or not', async () => {
    expect(await toOverlayWords(folder('a/'), { name: 'a/.wh..wh..opq' }, { name: 'b/c/.wh..wh..opq' })).toEqual(['a/ 5', 'a/ 5 opaque', 'b/c/ 5 opaque'])
  })

  it('makes a folder opaque that stands where a whiteout was', async () => {
    expect(await toOverlayWords({ name: '.wh.a' }, folder('a/'), { name: 'a/new' })).toEqual(['a 3 0/0', 'a/ 5 opaque', 'a/new 0'])
  })

  it('forgets what AUFS kept for itself', async () => {
    expect(await toOverlayWords({ name: '.wh..wh.plnk/x' }, { name: '.wh..wh.aufs' }, { name: 'kept' })).toEqual(['kept 0'])
  })

  it('counts files once, and links by their target', async () => {
    let total = 0
    const files: File[] = [
      { name: 'a', content: '12345' },
      { name: 'b', type: 'link', linkname: 'a' },
      { name: 'c', type: 'symlink', linkname: '1234567' },
    ]
    await through(
      toOverlay((bytes) => (total += bytes)),
      files,
    )
    expect(total).toBe(12)
  })

  it('cleans dots that stay inside', async () => {
    expect(await toOverlayWords({ name: 'a/../b', content: 'x' }, { name: 'c', type: 'link', linkname: 'x/../b' })).toEqual(['b 0', 'c 1 -> b'])
  })

  it.each<[string, File[]]>([
    ['a path that climbs out', [{ name: '../x' }]],
    ['a path that climbs out later', [{ name: 'a/../../x' }]],
    ['a hard link to the outside', [{ name: 'x', type: 'link', linkname: '../../etc/shadow' }]],
    ['a path through a link of the layer', [{ name: 'out', type: 'symlink', linkname: '/' }, { name: 'out/etc/cron.d/x' }]],
    [
      'a hard link through a link of the layer',
      [
        { name: 'out', type: 'symlink', linkname: '/' },
        { name: 'x', type: 'link', linkname: 'out/etc/shadow' },
      ],
    ],
    [
      'a path through a hard link to a link of the layer',
      [{ name: 'out', type: 'symlink', linkname: '/' }, { name: 'twin', type: 'link', linkname: 'out' }, { name: 'twin/etc/cron.d/x' }],
    ],
    ['a whiteout through a link of the layer', [{ name: 'out', type: 'symlink', linkname: '/' }, { name: 'out/.wh.etc' }]],
    ['a whiteout of the folder above', [{ name: '.wh...' }]],
    ['a whiteout of the folder above, deeper', [{ name: 'a/.wh...' }]],
    ['a whiteout of the folder itself', [{ name: 'a/.wh..' }]],
    ['a whiteout of nothing', [{ name: 'a/.wh.' }]],
  ])('refuses %s', async (_, files) => {
    await expect(toOverlayWords(...files)).rejects.toThrow(expect.objectContaining({ kind: 'invalid', message: expect.stringMatching(/^invalid tar header/) }))
  })

  it('lets a folder take the place of a link', async () => {
    const files: File[] = [{ name: 'x', type: 'symlink', linkname: '/' }, folder('x/'), { name: 'x/y' }]
    expect(await toOverlayWords(...files)).toEqual(['x 2 -> /', 'x/ 5', 'x/y 0'])
  })
})

describe('a container as a layer', () => {
  const attributes = (values: Record<string, string>) => ({
    pax: Object.fromEntries(Object.entries(values).map(([key, value]) => [`SCHILY.xattr.${key}`, value])),
  })

  it('makes devices 0/0 whiteout files, and leaves other devices', async () => {
    const bytes = await through(
      fromOverlay(() => undefined),
      [
        folder('./'),
        { name: './etc/gone', type: 'character-device', devmajor: 0, devminor: 0 },
        { name: './dev/null', type: 'character-device', devmajor: 1, devminor: 3 },
      ],
    )
    expect(await words(bytes)).toEqual(['etc/.wh.gone 0', './dev/null 3 1/3'])
  })

  it('puts a marker into an opaque folder, and keeps the attributes of the user only', async () => {
    const bytes = await through(
      fromOverlay(() => undefined),
      [
        { ...folder('./a/'), ...attributes({ 'trusted.overlay.opaque': 'y', 'user.mine': '1' }) },
        { name: './a/b', content: 'x', ...attributes({ 'trusted.overlay.origin': 'z' }) },
      ],
    )
    expect(await words(bytes)).toEqual(['./a/ 5', 'a/.wh..wh..opq 0', './a/b 0'])
    expect(bytes.includes('trusted.overlay')).toBe(false)
    expect(bytes.includes('user.mine')).toBe(true)
  })
})
