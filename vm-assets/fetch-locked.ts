import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode, messageOf } from '../engine/errors.ts'
import { ownerName } from './left-overs.ts'
import type { LockedFile } from './lock-file.ts'

/** Debian's own. */
const MIRROR = 'https://deb.debian.org/'

/**
 * The path of a locked file in the cache, where it is put first when it is not there. What is there already is read
 * through: a power cut, or somebody, may have left other bytes.
 * @throws Error when no place has these bytes
 */
export async function fetchLocked(file: LockedFile, cache: string): Promise<string> {
  const path = join(cache, file.sha256)
  if ((await digestOf(path)) === file.sha256) return path
  await mkdir(cache, { recursive: true })
  const failures: string[] = []
  // A line that breaks once need not break again. Debian's mirror is asked without TLS then, as apt does it: whose bytes they are, the digest says.
  for (const url of [...file.urls, ...file.urls.map((one) => one.replace(MIRROR, MIRROR.replace('https:', 'http:')))]) {
    try {
      const bytes = await download(url)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      if (sha256 !== file.sha256) throw new Error(`sha256 is ${sha256}, not ${file.sha256}`)
      const temporary = `${path}.${await ownerName()}`
      await writeFile(temporary, bytes)
      await rename(temporary, path)
      return path
    } catch (error) {
      failures.push(`${url}: ${messageOf(error)}`)
    }
  }
  throw new Error(`${file.name} ${file.version} could not be fetched; \`vm build --newest\` takes the versions of today\n  ${failures.join('\n  ')}`)
}

/** @returns undefined when there is no such file */
async function digestOf(path: string): Promise<string | undefined> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
  return hash.digest('hex')
}

/** @throws Error with the status when the answer is no file */
export async function download(url: string): Promise<Buffer> {
  const response = await fetch(url).catch((error: unknown) => {
    throw new Error(error instanceof Error && error.cause ? messageOf(error.cause) : messageOf(error), { cause: error })
  })
  if (!response.ok) throw new Error(`HTTP ${response.status} for ${url}`)
  return Buffer.from(await response.arrayBuffer())
}
