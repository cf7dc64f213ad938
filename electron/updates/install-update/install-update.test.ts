import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { NEWS_FILE } from '../feed.ts'
import { signedBytes, withSignature } from '../signature.ts'
import { takeOverUpdate } from './install-update.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const FILES = { 'engineroom_0.2.0_amd64.deb': 'window', 'engineroom-engine_0.2.0_amd64.deb': 'engine', 'engineroom-0.2.0-1.x86_64.rpm': 'rpm' }

let folder: string
let work: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
  work = join(folder, 'work')
  await mkdir(work)
  for (const [name, content] of Object.entries(FILES)) await writeFile(join(folder, name), content)
  await announce('0.2.0')
})
afterEach(() => rm(folder, { recursive: true }))

async function announce(version: string, key = privateKey): Promise<void> {
  const at = { releaseDate: '2026-01-01T00:00:00Z', signedAt: '2026-01-01T00:00:00Z', expiresAt: '9999-01-01T00:00:00Z' }
  const files = Object.entries(FILES).map(([url, text]) => ({ url, sha512: createHash('sha512').update(text).digest('base64'), size: text.length }))
  const words = JSON.stringify({ version, ...at, files })
  await writeFile(join(folder, NEWS_FILE), withSignature(words, sign(null, signedBytes(words), key)))
}

const takeOver = (format: 'deb' | 'rpm' | undefined = 'deb') =>
  takeOverUpdate({ installation: { format, key: publicKey, hasVm: false }, installedVersion: '0.1.0', arch: 'x64', folder, work })

test('installs copies that nobody else can change, by the system’s own tool', async () => {
  const copies = ['engineroom_0.2.0_amd64.deb', 'engineroom-engine_0.2.0_amd64.deb'].map((name) => join(work, name))
  expect(await takeOver()).toEqual(['apt-get', 'install', '--yes', '--no-remove', ...copies])
  await writeFile(join(folder, 'engineroom_0.2.0_amd64.deb'), 'wicked')
  expect(await readFile(copies[0] ?? '', 'utf8')).toBe('window')
  expect(await takeOver('rpm')).toEqual(['dnf', 'install', '--assumeyes', join(work, 'engineroom-0.2.0-1.x86_64.rpm')])
})

test('refuses what somebody has put in the place of what was signed, of whatever size', async () => {
  for (const content of ['wicked', 'wicked, and longer']) {
    await writeFile(join(folder, 'engineroom_0.2.0_amd64.deb'), content)
    await expect(takeOver()).rejects.toThrow('engineroom_0.2.0_amd64.deb is not what was signed.')
  }
})

test('believes no words but those of the key that the package has', async () => {
  await announce('0.2.0', generateKeyPairSync('ed25519').privateKey)
  await expect(takeOver()).rejects.toThrow('sign')
  await writeFile(join(folder, NEWS_FILE), Buffer.alloc(2 * 1024 ** 2))
  await expect(takeOver()).rejects.toThrow('are no news of a release')
})

test('installs nothing older, nothing for others, and nothing where this is no package', async () => {
  await announce('0.1.0')
  await expect(takeOver()).rejects.toThrow('0.1.0 is not newer than 0.1.0, which is installed.')
  await announce('0.2.0')
  const none = takeOverUpdate({ installation: { format: 'deb', key: publicKey, hasVm: false }, installedVersion: '0.1.0', arch: 'arm64', folder, work })
  await expect(none).rejects.toThrow('0.2.0 has nothing for this computer.')
  const sources = takeOverUpdate({ installation: { format: undefined, key: publicKey, hasVm: false }, installedVersion: '0.1.0', arch: 'x64', folder, work })
  await expect(sources).rejects.toThrow('made without a release key')
})
