import { EngineError } from '../errors.ts'
import type { Digest } from './digest.ts'
import type { Images } from './images.ts'

/** A blob of ours, as a manifest names it. */
export interface Part {
  readonly mediaType: string
  readonly size: number
  readonly digest: Digest
}

/** @throws EngineError `system` when it is not there */
export async function partOf(images: Images, digest: Digest, mediaType: string): Promise<Part> {
  const size = await images.blobs.sizeOf(digest)
  if (size === undefined) throw new EngineError('system', `blob does not exist: ${digest}`)
  return { mediaType, size, digest }
}
