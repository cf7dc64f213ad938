import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SpaceGuard } from '../linux/space-guard.ts'
import { extractTar } from '../linux/tar.ts'
import { decompressed } from './compression.ts'
import { type Digest, DigestMeter } from './digest.ts'
import { toOverlay } from './layer-tar.ts'

/** What a layer's tar turned out to be. */
export interface Extracted {
  /** Of the plain tar. */
  readonly diffId: Digest
  /** Of all its files. */
  readonly sizeBytes: number
}

/**
 * Unpacks a layer for overlayfs; nothing is flushed.
 * @param blob the layer's tar, compressed or not
 * @param folder where to; it exists and is empty
 * @throws EngineError for a hostile or malformed tar; ToolError when tar(1) fails
 */
export async function extractLayer(blob: Readable, folder: string): Promise<Extracted> {
  const meter = new DigestMeter()
  let sizeBytes = 0
  const rewriter = toOverlay((bytes) => (sizeBytes += bytes))
  const rewritten = decompressed(blob)
    .then((plain) => pipeline(plain, meter, new SpaceGuard(folder), rewriter))
    .catch((error: Error) => {
      rewriter.destroy(error)
      throw error
    })
  // tar(1) comes first: when it gives up, the others only see a broken pipe.
  const outcomes = await Promise.allSettled([extractTar(rewriter, folder), rewritten])
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) {
    blob.destroy()
    throw failed.reason
  }
  return { diffId: meter.digest(), sizeBytes }
}
