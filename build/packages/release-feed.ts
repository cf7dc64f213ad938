import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type ReleaseFile, type ReleaseNews, readReleaseNews } from '../../electron/updates/release-news.ts'
import { signedBytes, withSignature } from '../../electron/updates/signature.ts'
import type { ReleaseKey } from './release-key.ts'

/** One with which news can be signed. */
type SigningKey = Required<ReleaseKey>

const DAY_MS = 24 * 60 * 60_000

export interface Announcement {
  readonly version: string
  /** When what it is made of was committed. */
  readonly time: Date
  readonly notes: string
  /** To how many of a hundred computers it goes now. */
  readonly percentage: number
  /** How long it is believed; it is signed again before that. */
  readonly days: number
}

/** What windows are told of a release. @param folder with its packages @returns the file's text, signed @throws Error for one that no window would believe */
export async function releaseFeed(
  folder: string,
  { version, time, notes, percentage, days }: Announcement,
  key: SigningKey,
  now = new Date(),
): Promise<string> {
  const names = (await readdir(folder)).filter((name) => /\.(deb|rpm)$/.test(name) && name.split(/[_-]/).includes(version)).sort()
  const news: ReleaseNews = {
    version,
    releaseDate: time.toISOString(),
    signedAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + days * DAY_MS).toISOString(),
    stagingPercentage: percentage,
    releaseNotes: notes,
    files: await Promise.all(names.map((name) => described(folder, name))),
  }
  const words = `${JSON.stringify(news, null, 2)}\n`
  const text = withSignature(words, key.sign(signedBytes(words)))
  readReleaseNews(text, { key: key.publicKey, nowMs: now.getTime(), newestSignedAt: undefined })
  return text
}

/** Writes it beside the packages. @param arch as Node calls it */
export async function writeReleaseFeed(folder: string, arch: string, announcement: Announcement, key: SigningKey): Promise<void> {
  const name = `latest-linux${arch === 'x64' ? '' : `-${arch}`}.yml`
  await writeFile(join(folder, name), await releaseFeed(folder, announcement, key))
}

async function described(folder: string, name: string): Promise<ReleaseFile> {
  const hash = createHash('sha512')
  await pipeline(createReadStream(join(folder, name)), hash)
  return { url: name, sha512: hash.digest('base64'), size: (await stat(join(folder, name))).size }
}
