import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { filesFor } from '../../electron/updates/installation.ts'
import { readReleaseNews } from '../../electron/updates/release-news.ts'
import { type Announcement, releaseFeed } from './release-feed.ts'
import { canSign, publicPem, releaseKey } from './release-key.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function keyFile(pem: string): Promise<string> {
  const path = join(folder, 'key.pem')
  await writeFile(path, pem)
  return path
}

const release: Announcement = { version: '0.2.0', time: new Date('2026-12-01T00:00:00Z'), notes: 'More of everything.', percentage: 10, days: 30 }

test('what is signed here is what a window believes', async () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const key = await releaseKey(await keyFile(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()))
  if (!canSign(key)) throw new Error('no key')
  for (const name of [
    'engineroom_0.2.0_amd64.deb',
    'engineroom-engine_0.2.0_amd64.deb',
    'engineroom-0.2.0-1.x86_64.rpm',
    'engineroom_0.1.0_amd64.deb',
    'SHA256SUMS',
  ])
    await writeFile(join(folder, name), name)
  const now = new Date('2026-12-02T00:00:00Z')
  const text = await releaseFeed(folder, release, key, now)
  const news = readReleaseNews(text, { key: key.publicKey, nowMs: now.getTime(), newestSignedAt: undefined })
  expect(news).toMatchObject({ version: '0.2.0', stagingPercentage: 10, releaseNotes: 'More of everything.', expiresAt: '2027-01-01T00:00:00.000Z' })
  expect(filesFor({ format: 'deb', hasVm: false }, 'x64', news.files).map(({ url }) => url)).toEqual([
    'engineroom-engine_0.2.0_amd64.deb',
    'engineroom_0.2.0_amd64.deb',
  ])
  expect(news.files).toHaveLength(3)
  await expect(releaseFeed(folder, { ...release, version: '0.3.0' }, key, now)).rejects.toThrow('not as agreed: /files')
})

test('the public half alone goes into packages, and signs nothing', async () => {
  const { publicKey } = generateKeyPairSync('ed25519')
  const key = await releaseKey(await keyFile(publicKey.export({ type: 'spki', format: 'pem' }).toString()))
  expect(key?.sign).toBeUndefined()
  expect(key && publicPem(key)).toBe(publicKey.export({ type: 'spki', format: 'pem' }))
})

test('nobody needs a key; one of another kind is refused', async () => {
  expect(await releaseKey('')).toBeUndefined()
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await expect(releaseKey(await keyFile(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()))).rejects.toThrow('has a key of ec')
})
