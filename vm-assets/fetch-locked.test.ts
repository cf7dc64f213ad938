import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fetchLocked } from './fetch-locked.ts'

const BYTES = 'a package'
const sha256 = createHash('sha256').update(BYTES).digest('hex')
const file = { name: 'it', version: '1', urls: ['https://mirror/it', 'https://archive/it'], sha256, sizeBytes: BYTES.length }

let cache: string
let asked: string[]
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'er-unit-'))
  asked = []
})
afterEach(async () => {
  vi.unstubAllGlobals()
  await rm(cache, { recursive: true })
})

/** What the internet answers, one question after the other; then nothing does. */
function answers(...bodies: (string | undefined)[]): void {
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url)
    const body = bodies.shift()
    return body === undefined ? new Response('', { status: 404 }) : new Response(body)
  })
}

test('is fetched once, and then found', async () => {
  answers(BYTES)
  for (const _ of [1, 2]) expect(await readFile(await fetchLocked(file, cache), 'utf8')).toBe(BYTES)
  expect(asked).toEqual(['https://mirror/it'])
})

test('bytes that were damaged in the cache are fetched anew', async () => {
  await writeFile(join(cache, sha256), 'a pack')
  answers(BYTES)
  expect(await readFile(await fetchLocked(file, cache), 'utf8')).toBe(BYTES)
})

test('other bytes are not taken: the next place is asked, and the first once more', async () => {
  answers('another package', undefined, BYTES)
  expect(await readFile(await fetchLocked(file, cache), 'utf8')).toBe(BYTES)
  expect(asked).toEqual(['https://mirror/it', 'https://archive/it', 'https://mirror/it'])
})

test('Debian’s mirror is asked without TLS, where that cannot be had', async () => {
  answers(undefined, BYTES)
  const debian = { ...file, urls: ['https://deb.debian.org/debian/it'] }
  expect(await readFile(await fetchLocked(debian, cache), 'utf8')).toBe(BYTES)
  expect(asked).toEqual(['https://deb.debian.org/debian/it', 'http://deb.debian.org/debian/it'])
})

test('when nobody has it, says who was asked and what to do, and keeps nothing', async () => {
  answers('another package')
  await expect(fetchLocked(file, cache)).rejects.toThrow(
    /^it 1 could not be fetched; `vm build --newest`[\s\S]*mirror\/it: sha256 is [\s\S]*archive\/it: HTTP 404/,
  )
  expect(await readdir(cache)).toEqual([])
})
