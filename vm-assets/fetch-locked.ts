import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../engine/errors.ts'
import type { LockedFile } from './lock-file.ts'

/**
 * The path of a locked file in the cache, where it is put first when it is not there. It is named by its hash when it
 * is complete, so what has the name has the bytes.
 * @throws Error when no place has these bytes
 */
export async function fetchLocked(file: LockedFile, cache: string): Promise<string> {
  const path = join(cache, file.sha256)
  if (existsSync(path)) return path
  await mkdir(cache, { recursive: true })
  const failures: string[] = []
  for (const url of file.urls) {
    try {
      const bytes = await download(url)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      if (sha256 !== file.sha256) throw new Error(`sha256 is ${sha256}, not ${file.sha256}`)
      const temporary = `${path}.${process.pid}`
      await writeFile(temporary, bytes)
      await rename(temporary, path)
      return path
    } catch (error) {
      failures.push(`${url}: ${messageOf(error)}`)
    }
  }
  throw new Error(`${file.name} ${file.version} could not be fetched; \`vm build --refresh-lock\` asks for the versions of today\n  ${failures.join('\n  ')}`)
}

/** @throws Error with the status when the answer is no file */
export async function download(url: string): Promise<Buffer> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`HTTP ${response.status} for ${url}`)
  return Buffer.from(await response.arrayBuffer())
}
