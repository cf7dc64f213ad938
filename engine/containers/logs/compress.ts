import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { inodeOf, type Segments } from './segments.ts'

/**
 * Puts a complete segment into its compressed form. At every moment one of the two is there whole; what a crash leaves
 * beside it is written over by the next attempt.
 */
export async function compressSegment(segments: Segments, number: number, signal: AbortSignal): Promise<void> {
  const plain = segments.plain(number)
  const unfinished = `${segments.compressed(number)}.new`
  try {
    await pipeline(createReadStream(plain), createGzip(), createWriteStream(unfinished, { mode: 0o600, flush: true }), { signal })
    // It may have become one too many meanwhile.
    if ((await inodeOf(plain)) !== undefined) await rename(unfinished, segments.compressed(number))
    await rm(plain, { force: true })
  } finally {
    await rm(unfinished, { force: true })
  }
}
