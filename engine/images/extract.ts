import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SpaceGuard } from '../linux/space-guard.ts'
import { extractTar } from '../linux/tar.ts'
import { settled } from '../settled.ts'
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
 * @throws as {@link extractPlain} does
 */
export async function extractLayer(blob: Readable, folder: string): Promise<Extracted> {
  const meter = new DigestMeter()
  // The meter passes on what went wrong before it.
  decompressed(blob).then(
    (plain) => pipeline(plain, meter).catch(() => undefined),
    (error: Error) => meter.destroy(error),
  )
  const sizeBytes = await extractPlain(meter, folder).finally(() => blob.destroy())
  return { diffId: meter.digest(), sizeBytes }
}

/**
 * The same of a plain tar, whose digest somebody else has measured.
 * @returns the bytes of all its files
 * @throws EngineError for a hostile or malformed tar; ToolError when tar(1) fails
 */
export async function extractPlain(tar: Readable, folder: string): Promise<number> {
  let sizeBytes = 0
  const rewriter = toOverlay((bytes) => (sizeBytes += bytes))
  // tar(1) comes first: when it gives up, the others only see a broken pipe.
  await settled([extractTar(rewriter, folder), pipeline(tar, new SpaceGuard(folder), rewriter)])
  return sizeBytes
}
