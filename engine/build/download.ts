import { createWriteStream } from 'node:fs'
import { utimes } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { EngineError, messageOf } from '../errors.ts'
import type { Source } from './sources.ts'

export function isRemoteSource(source: string): boolean {
  return /^https?:\/\//.test(source)
}

/**
 * Fetches what ADD names by URL: mode 600, and the time that the server gives.
 * @throws EngineError `system` when it cannot be had, `invalid` when the URL names no file
 * @see Dockerfile reference, "ADD", "Adding files from a URL"
 */
export async function downloadSource(url: string, folder: string, signal: AbortSignal): Promise<Source> {
  const name = basename(new URL(url).pathname)
  if (name === '') throw new EngineError('invalid', `cannot determine filename from url: ${url}`)
  const path = join(folder, name)
  let response: Response
  try {
    response = await fetch(url, { signal })
  } catch (error) {
    throw new EngineError('system', `ADD failed: failed to GET ${url}: ${messageOf(error)}`, { cause: error })
  }
  if (!response.ok || !response.body) throw new EngineError('system', `ADD failed: failed to GET ${url} with status ${response.status} ${response.statusText}`)
  await pipeline(Readable.fromWeb(response.body as ReadableStream<Uint8Array>), createWriteStream(path, { mode: 0o600 }))
  const modified = Date.parse(response.headers.get('last-modified') ?? '')
  const time = Number.isNaN(modified) ? 0 : modified / 1000
  await utimes(path, time, time)
  return { path, name, isFolder: false, isRemote: true }
}
