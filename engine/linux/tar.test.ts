import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ToolError } from './run.ts'
import { extractTar } from './tar.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tar-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function archiveOf(name: string, content: string): Promise<Buffer> {
  const archive = pack()
  archive.entry({ name }, content)
  archive.finalize()
  return buffer(archive)
}

async function* followedBy(archive: Buffer, chunks: number, seen: { bytes: number }) {
  yield archive
  for (let i = 0; i < chunks; i++) {
    seen.bytes += 65_536
    yield Buffer.alloc(65_536)
  }
}

test('what follows the end mark of an archive is read, though tar has left', async () => {
  const seen = { bytes: 0 }
  await extractTar(Readable.from(followedBy(await archiveOf('a', 'text'), 100, seen)), folder)
  expect([await readFile(join(folder, 'a'), 'utf8'), seen.bytes]).toEqual(['text', 6_553_600])
})

test('an archive that is cut off is an error in words of tar', async () => {
  const cut = (await archiveOf('b', 'x'.repeat(5000))).subarray(0, 2000)
  await expect(extractTar(Readable.from([cut]), folder)).rejects.toThrow(/Unexpected EOF in archive/)
})

test('an error of tar ends the reading', async () => {
  const seen = { bytes: 0 }
  await expect(extractTar(Readable.from(followedBy(Buffer.alloc(65_536, 'no archive'), 1000, seen)), folder)).rejects.toThrow(ToolError)
  expect(seen.bytes).toBeLessThan(65_536_000)
})

test('an input that fails is the error, and ends tar', async () => {
  const source = new PassThrough()
  const extracted = extractTar(source, folder)
  source.write((await archiveOf('c', 'text')).subarray(0, 600))
  source.destroy(new Error('the download broke'))
  await expect(extracted).rejects.toThrow('the download broke')
})
