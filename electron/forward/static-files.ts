import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { codeOf } from '../errors.ts'
import { bodyStream } from './body-stream.ts'

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
  '.json': 'application/json',
}

/** A file below `folder` as a Response; undefined when there is none, or when the path leads out of the folder. */
export async function fileResponse(folder: string, path: string): Promise<Response | undefined> {
  const file = await fileAt(folder, path)
  if (file === undefined) return undefined
  const source = createReadStream(file)
  return new Response(
    bodyStream(source, () => source.destroy()),
    {
      headers: { 'Content-Type': CONTENT_TYPES[extname(file)] ?? 'application/octet-stream', 'Cache-Control': 'no-store' },
    },
  )
}

async function fileAt(folder: string, path: string): Promise<string | undefined> {
  try {
    const root = await realpath(folder)
    const file = await realpath(join(root, decodeURIComponent(path)))
    return file.startsWith(root + sep) && (await stat(file)).isFile() ? file : undefined
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ERR_INVALID_ARG_VALUE'].includes(codeOf(error) ?? '') || error instanceof URIError) return undefined
    throw error
  }
}
