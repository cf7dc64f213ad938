import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, utimes } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { EngineError, messageOf } from '../errors.ts'
import { SpaceGuard } from '../linux/space-guard.ts'
import { trustAuthorities } from '../linux/trusted-authorities.ts'
import type { Source } from './sources.ts'

export function isRemoteSource(source: string): boolean {
  return /^https?:\/\//.test(source)
}

export interface Download {
  readonly url: string
  /** Where it is put, in a folder of its own. */
  readonly folder: string
  /** Of ADD: a `/` at its end needs a name for the file. */
  readonly target: string
  /** `sha256:…` that it must have. */
  readonly checksum: string | undefined
}

/**
 * Fetches what ADD names by URL: mode 600, and the time that the server gives.
 * @throws EngineError `system` when it cannot be had, `invalid` when there is no name for it, or its checksum is another
 * @see Dockerfile reference, "ADD", "Adding files from a URL"
 */
export async function downloadSource({ url, folder, target, checksum }: Download, signal: AbortSignal): Promise<Source> {
  const response = await get(url, signal).catch((error) => {
    throw error instanceof EngineError ? new EngineError(error.kind, `ADD failed: ${error.message}`, { cause: error }) : error
  })
  const name = nameOf(url, response)
  if (name === undefined && target.endsWith('/')) throw new EngineError('invalid', `ADD failed: cannot determine filename for source ${url}`)
  const own = await mkdtemp(join(folder, 'download-'))
  const path = join(own, name ?? '__unnamed__')
  await save(response, path)
  if (checksum !== undefined) await verify(path, checksum)
  return { path, name: basename(path), isFolder: false, isRemote: true }
}

/** Fetches what is at an address into a file. @throws EngineError `system` when it cannot be had */
export async function downloadFile(url: string, path: string, signal: AbortSignal): Promise<void> {
  await save(await get(url, signal), path)
}

interface Answer {
  readonly headers: Headers
  readonly body: Readable
}

async function save({ headers, body }: Answer, path: string): Promise<void> {
  await pipeline(body, new SpaceGuard(dirname(path)), createWriteStream(path, { mode: 0o600 }))
  const modified = Date.parse(headers.get('last-modified') ?? '')
  const time = Number.isNaN(modified) ? 0 : modified / 1000
  await utimes(path, time, time)
}

/** @throws EngineError `system` with docker's words when the server cannot be asked, or refuses */
export async function get(url: string, signal: AbortSignal): Promise<Answer> {
  // Also where the server only redirects there.
  trustAuthorities()
  let response: Response
  try {
    response = await fetch(url, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw new EngineError('system', `Get ${JSON.stringify(url)}: ${messageOf(error instanceof Error && error.cause ? error.cause : error)}`, { cause: error })
  }
  if (response.status >= 400 || !response.body) {
    const text = (await response.text()).trim()
    throw new EngineError('system', `failed to GET ${url} with status ${response.status} ${response.statusText}: ${text}`)
  }
  return { headers: response.headers, body: Readable.fromWeb(response.body as ReadableStream<Uint8Array>) }
}

function nameOf(url: string, { headers }: { readonly headers: Headers }): string | undefined {
  const { pathname } = new URL(url)
  if (!pathname.endsWith('/')) return decodeURIComponent(basename(pathname))
  const offered = /filename="?([^";]+)"?/i.exec(headers.get('content-disposition') ?? '')?.[1]?.trim()
  return offered && !offered.endsWith('/') ? basename(offered) : undefined
}

async function verify(path: string, checksum: string): Promise<void> {
  if (!/^sha256:[0-9a-f]{64}$/.test(checksum)) throw new EngineError('invalid', `ADD failed: invalid checksum digest format: ${JSON.stringify(checksum)}`)
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  const found = `sha256:${hash.digest('hex')}`
  if (found !== checksum) throw new EngineError('invalid', `ADD failed: digest mismatch ${found}: ${checksum}`)
}
