import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { codeOf } from '../errors.ts'
import { sizeIfThere } from '../size-if-there.ts'
import type { ReleaseFile } from './release-news.ts'

/** `fetch`, by whomever: in the app Chromium's, which knows the system's proxy and certificates. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface FetchOptions {
  readonly fetch: Fetch
  readonly signal: AbortSignal
  /** Told of each piece that has come. */
  readonly onBytes: (bytes: number) => void
}

/** How often a connection may break off, as long as something comes. */
const ATTEMPTS = 4

/**
 * Has a file of a release in a folder, whole and as signed, or not at all: what is there under its name has been checked. A connection
 * that breaks off is taken up again where it was.
 * @param base the folder of the feed, as an address
 * @returns its path
 * @throws Error with why not; nothing of it is left then
 */
export async function fetchFile(base: string, file: ReleaseFile, folder: string, options: FetchOptions): Promise<string> {
  const path = join(folder, file.url)
  if (await isAsSigned(path, file)) return path
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const part = `${path}.part`
  await rm(part, { force: true })
  try {
    await fetchWhole(new URL(file.url, base).href, file, part, options)
    if (!(await isAsSigned(part, file))) throw new Error(`${file.url} is not what was signed.`)
    await rename(part, path)
    return path
  } catch (error) {
    await rm(part, { force: true })
    throw codeOf(error) === 'ENOSPC' ? new Error(`There is no room for ${file.url} (${file.size} bytes) in ${folder}.`, { cause: error }) : error
  }
}

/** Whether a file is there and is what was signed. */
export async function isAsSigned(path: string, { size, sha512 }: ReleaseFile): Promise<boolean> {
  if ((await sizeIfThere(path)) !== size) return false
  const hash = createHash('sha512')
  await pipeline(createReadStream(path), hash)
  return hash.digest('base64') === sha512
}

async function fetchWhole(url: string, { size }: ReleaseFile, part: string, options: FetchOptions): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetchRest(url, size, part, options)
    } catch (error) {
      const isOver = options.signal.aborted || attempt === ATTEMPTS || codeOf(error) === 'ENOSPC' || error instanceof RefusedError
      if (isOver) throw error
    }
  }
}

/** The server said no, or other than was signed: asking again changes nothing. */
class RefusedError extends Error {}

async function fetchRest(url: string, size: number, part: string, { fetch, signal, onBytes }: FetchOptions): Promise<void> {
  const have = (await sizeIfThere(part)) ?? 0
  const response = await fetch(url, { signal, credentials: 'omit', cache: 'no-store', headers: have > 0 ? { Range: `bytes=${have}-` } : {} })
  const isRest = have > 0 && response.status === 206
  if (!isRest && response.status !== 200) throw new RefusedError(`${url}: the server answered ${response.status}`)
  if (!response.body) throw new RefusedError(`${url}: the server sent nothing`)
  // A server that knows no ranges begins anew.
  let came = isRest ? have : 0
  await using file = await open(part, isRest ? 'a' : 'w', 0o600)
  // Each piece is in the file before the next one is asked for: what came counts, however the connection ends.
  for await (const chunk of Readable.fromWeb(response.body as NodeReadableStream<Uint8Array>)) {
    came += chunk.byteLength
    if (came > size) throw new RefusedError(`${url}: more than was signed`)
    await file.appendFile(chunk)
    onBytes(came)
    signal.throwIfAborted()
  }
  if (came < size) throw new Error(`${url}: the connection ended after ${came} of ${size} bytes`)
  await file.sync()
}
