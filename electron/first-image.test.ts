import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadFirstImage } from './first-image.ts'
import { UnixServer } from './testing/unix-server.ts'

let folder: string
let archive: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
  archive = join(folder, 'image.tar')
})
afterEach(() => rm(folder, { recursive: true }))

/** An engine without images, that answers a load or a pull with a line. */
async function engine(answer: string, loaded: string[]) {
  return UnixServer.http(async (incoming, response) => {
    if (incoming.method === 'GET') return void response.writeHead(404).end('{"message":"No such image"}')
    loaded.push(`${incoming.url} ${await text(incoming)}`)
    response.end(answer)
  })
}

test('an image that is there is enough', async () => {
  await using there = await UnixServer.http((_incoming, response) => response.end('{"Id":"sha256:1"}'))
  expect(await loadFirstImage(there.socketPath, archive)).toBe('busybox:latest')
})

test('one that came with the window is loaded', async () => {
  const loaded: string[] = []
  await using empty = await engine('{"stream":"Loaded image"}', loaded)
  await writeFile(archive, 'a tar')
  await loadFirstImage(empty.socketPath, archive)
  expect(loaded).toEqual(['/images/load?quiet=1 a tar'])
})

test('where none came, it is pulled', async () => {
  const loaded: string[] = []
  await using empty = await engine('{"status":"Pulling"}\n{"status":"Downloaded"}', loaded)
  await loadFirstImage(empty.socketPath, archive)
  expect(loaded).toEqual(['/images/create?fromImage=busybox%3Alatest '])
})

test('what goes wrong in the middle is an error', async () => {
  await using empty = await engine('{"status":"Loading"}\n{"errorDetail":{"message":"no space left"}}', [])
  await writeFile(archive, 'a tar')
  await expect(loadFirstImage(empty.socketPath, archive)).rejects.toThrow(/^no space left$/)
})
