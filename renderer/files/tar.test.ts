import { buffer } from 'node:stream/consumers'
import { extract, type Header } from 'tar-stream'
import { expect, test } from 'vitest'
import { type TarFile, tarOf } from './tar.ts'

const PLAIN = { mode: 0o4750, uid: 1000, gid: 33, modifiedAtMs: 1_700_000_000_500 }

async function read(files: readonly TarFile[]): Promise<{ header: Header; text: string }[]> {
  const reader = extract()
  reader.end(Buffer.from(await tarOf(files).arrayBuffer()))
  const found: { header: Header; text: string }[] = []
  for await (const entry of reader) found.push({ header: entry.header, text: (await buffer(entry)).toString() })
  return found
}

test('a file has its mode, owner, time and bytes', async () => {
  const [file] = await read([{ ...PLAIN, path: 'a/käse', content: new Blob(['hello']) }])
  expect(file?.text).toBe('hello')
  expect(file?.header).toMatchObject({ name: 'a/käse', type: 'file', mode: 0o4750, uid: 1000, gid: 33, size: 5, mtime: new Date(1_700_000_000_000) })
})

test('folders, empty files, and files whose size is a whole block follow each other', async () => {
  const found = await read([
    { ...PLAIN, path: 'd', content: undefined },
    { ...PLAIN, path: 'd/empty', content: new Blob([]) },
    { ...PLAIN, path: 'd/block', content: new Blob(['x'.repeat(512)]) },
    { ...PLAIN, path: 'd/last', content: new Blob(['y']) },
  ])
  expect(found.map(({ header, text }) => [header.name, header.type, text.length])).toEqual([
    ['d/', 'directory', 0],
    ['d/empty', 'file', 0],
    ['d/block', 'file', 512],
    ['d/last', 'file', 1],
  ])
})

test.each([99, 100, 101, 150, 200, 1200])('a name of %i bytes stays whole', async (length) => {
  const path = `${'p'.repeat(length - 2)}/f`
  const [file] = await read([{ ...PLAIN, path, content: new Blob(['x']) }])
  expect(file?.header.name).toBe(path)
})
