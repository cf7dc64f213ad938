import { mkdtemp, rm } from 'node:fs/promises'
import { PassThrough, Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStorage, type StorageSettings } from '../../engine/registry-server/storage/open-storage.ts'
import type { Storage } from '../../engine/registry-server/storage/storage.ts'
import { content, someBlob } from '../registry/distribution-client.ts'
import { testBucket } from '../registry/servers.ts'

const MIB = 1024 * 1024
const cases = ['a folder', 'a bucket'] as const

/** What the interface promises, of both that have it. */
describe.each(cases)('storage in %s', (kind) => {
  let folder: string
  let storage: Storage
  beforeAll(async () => {
    folder = await mkdtemp('/tmp/er-storage-')
    const { endpoint, bucket, env } = testBucket()
    Object.assign(process.env, env)
    const s3 = { endpoint, bucket, region: 'us-east-1', prefix: folder.slice(1), isPathStyle: true }
    const settings: StorageSettings = kind === 'a folder' ? { folder } : { s3 }
    storage = await openStorage(settings)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const bytes = (...parts: (string | Buffer)[]) => Readable.from(parts.map((part) => Buffer.from(part)))
  const version = async (path: string) => (await storage.growing(path))?.version ?? ''

  it('a file is there whole, in parts, and by its size; another is not', async () => {
    await storage.writeWhole('files/a b+c', 'first')
    await storage.writeWhole('files/a b+c', 'second')
    expect((await storage.readWhole('files/a b+c'))?.toString()).toBe('second')
    expect((await storage.stat('files/a b+c'))?.sizeBytes).toBe(6)
    const target = new PassThrough()
    await (await storage.open('files/a b+c', { first: 1, last: 3 }))?.(target)
    expect(await text(target.end())).toBe('eco')
    expect([await storage.stat('files'), await storage.stat('files/a'), await storage.readWhole('files/a'), await storage.open('files/a')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })

  it('a folder has its files and folders, and goes with what is in it', async () => {
    for (const path of ['tree/file', 'tree/folder/one', 'tree/folder/two', 'tree-2/other']) await storage.writeWhole(path, 'x')
    const list = async (path: string) => new Map((await storage.list(path)).map(({ name, isFolder }) => [name, isFolder]))
    expect(await list('tree')).toEqual(new Map(Object.entries({ file: false, folder: true })))
    await storage.remove('tree')
    expect([await list('tree'), (await list('tree-2')).size]).toEqual([new Map(), 1])
    await storage.remove('tree')
  })

  it('touch makes a file young, and says whether it is there', async () => {
    await storage.writeWhole('touched/file', 'x')
    const before = (await storage.stat('touched/file'))?.modifiedAtMs ?? Number.NaN
    expect([await storage.touch('touched/file'), await storage.touch('touched/none')]).toEqual([true, false])
    expect((await storage.stat('touched/file'))?.modifiedAtMs).toBeGreaterThanOrEqual(before)
    await storage.remove('touched/file')
    expect(await storage.list('touched')).toEqual([])
  })

  it('move gives another name, and says whether there was one', async () => {
    await storage.writeWhole('moved/from', 'x')
    await storage.touch('moved/from')
    expect([await storage.move('moved/from', 'moved/to'), await storage.move('moved/from', 'moved/to')]).toEqual([true, false])
    expect((await storage.list('moved')).map(({ name }) => name)).toEqual(['to'])
  })

  it('a file grows by small and large pieces, and becomes one', async () => {
    const pieces = [someBlob(3), someBlob(9 * MIB), someBlob(1000), someBlob(20 * MIB), someBlob(1)].map((one) => one.bytes)
    let size = 0
    await storage.append('growing/up/data', 0, new PassThrough().end())
    for (const piece of pieces) {
      const after = await storage.append('growing/up/data', size, bytes(piece))
      size += piece.length
      expect(await storage.growing('growing/up/data')).toMatchObject({ sizeBytes: size, version: after })
    }
    const whole = content(Buffer.concat(pieces)).digest
    expect(content(await buffer((await storage.readGrowing('growing/up/data')) as Readable)).digest).toBe(whole)
    expect(await storage.settle('growing/up/data', 'grown', await version('growing/up/data'))).toBe(true)
    expect(content((await storage.readWhole('grown')) ?? '').digest).toBe(whole)
    await storage.remove('growing/up')
    expect([await storage.growing('growing/up/data'), await storage.list('growing')]).toEqual([undefined, []])
  })

  it('a file of no bytes grows, too', async () => {
    await storage.append('growing/empty/data', 0, new PassThrough().end())
    expect(await storage.growing('growing/empty/data')).toMatchObject({ sizeBytes: 0 })
    expect(await storage.settle('growing/empty/data', 'empty', await version('growing/empty/data'))).toBe(true)
    expect(await storage.stat('empty')).toMatchObject({ sizeBytes: 0 })
  })

  it('a source that fails leaves the file as it was, but for some of its bytes, which truncate removes', async () => {
    await storage.append('growing/cut/data', 0, bytes('0123'))
    const failing = Readable.from(
      (async function* () {
        yield Buffer.from('456')
        throw new Error('cut')
      })(),
    )
    await expect(storage.append('growing/cut/data', 4, failing)).rejects.toThrow('cut')
    expect('0123456'.startsWith(await text((await storage.readGrowing('growing/cut/data')) as Readable))).toBe(true)
    expect((await storage.growing('growing/cut/data'))?.sizeBytes).toBeGreaterThanOrEqual(4)
    await storage.truncate('growing/cut/data', 4)
    await storage.append('growing/cut/data', 4, bytes('abc'))
    expect(await text((await storage.readGrowing('growing/cut/data')) as Readable)).toBe('0123abc')
  })

  it('nothing is settled that somebody else has changed, not even with as many bytes, or removed', async () => {
    const before = await storage.append('growing/other/data', 0, bytes('mine'))
    await storage.truncate('growing/other/data', 0)
    await storage.append('growing/other/data', 0, bytes('evil'))
    expect(await storage.settle('growing/other/data', 'other', before)).toBe(false)
    await storage.remove('growing/other')
    expect(await storage.settle('growing/other/data', 'other', before)).toBe(false)
    expect(await storage.stat('other')).toBeUndefined()
  })
})
