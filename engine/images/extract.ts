import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { SpaceGuard } from '../linux/space-guard.ts'
import { syncFileSystem } from '../linux/sync.ts'
import { extractTar } from '../linux/tar.ts'
import { byteCounter } from './byte-counter.ts'
import { decompressed } from './compression.ts'
import { type Digest, DigestVerifier } from './digest.ts'
import { toOverlay } from './layer-tar.ts'

export interface Extraction {
  /** The layer's tar, compressed or not. */
  readonly blobPath: string
  /** What the plain tar must hash to. */
  readonly diffId: Digest
  /** Where to; it exists and is empty. */
  readonly folder: string
}

/**
 * Unpacks a layer for overlayfs and flushes it to disk.
 * @param onBytes called with the bytes of the blob that were read so far
 * @returns the bytes of all its files
 * @throws EngineError for a hostile or malformed tar, or the wrong bytes; ToolError when tar(1) fails
 */
export async function extractLayer({ blobPath, diffId, folder }: Extraction, onBytes: (total: number) => void): Promise<number> {
  const blob = createReadStream(blobPath, { highWaterMark: 256 * 1024 })
  const counter = byteCounter(onBytes)
  let sizeBytes = 0
  const rewriter = toOverlay((bytes) => (sizeBytes += bytes))
  const read = pipeline(blob, counter)
  const rewritten = decompressed(counter)
    .then((plain) => pipeline(plain, new DigestVerifier(diffId), new SpaceGuard(folder), rewriter))
    .catch((error: Error) => {
      rewriter.destroy(error)
      throw error
    })
  // tar(1) comes first: when it gives up, the others only see a broken pipe.
  const outcomes = await Promise.allSettled([extractTar(rewriter, folder), rewritten, read])
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
  await syncFileSystem(folder)
  return sizeBytes
}
