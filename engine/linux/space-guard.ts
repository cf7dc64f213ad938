import { statfs } from 'node:fs/promises'
import { Transform, type TransformCallback } from 'node:stream'

/** So much of a disk stays free for everybody else: a twentieth, and at most 1 GiB. */
const RESERVED_PART = 20
const MOST_RESERVED_BYTES = 1024 * 1024 * 1024

/** At most, between two looks at the disk. */
const STEP_BYTES = 4 * 1024 * 1024

/**
 * Passes on what is on its way to a disk, and fails before the disk is full: what comes compressed from strangers may be a thousand
 * times as large as it looks.
 * @see docs/decisions/0014-hostile-input.md
 */
export class SpaceGuard extends Transform {
  readonly #folder: string
  #left = 0

  /** @param folder on the disk; it exists */
  constructor(folder: string) {
    super()
    this.#folder = folder
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#left -= chunk.length
    if (this.#left > 0) return done(null, chunk)
    checkSpace(this.#folder, 0).then(
      (spareBytes) => {
        // What was passed on may not be written yet: the next look comes before what is spare can be gone.
        this.#left = Math.min(STEP_BYTES, spareBytes / 2)
        done(null, chunk)
      },
      (error: Error) => done(error),
    )
  }
}

/**
 * For what is written without a {@link SpaceGuard}.
 * @param folder on the disk
 * @param sizeBytes of what is going to be written
 * @returns how many bytes more could be
 * @throws Error when the disk would be full then
 */
export async function checkSpace(folder: string, sizeBytes: number): Promise<number> {
  const { bsize, blocks, bavail } = await statfs(folder)
  const reserved = reservedBytes(blocks * bsize)
  const spareBytes = bavail * bsize - sizeBytes - reserved
  if (spareBytes < 0) throw new Error(`write ${folder}: no space left on device: ${Math.floor(reserved / 1024)} KiB of it stay free`)
  return spareBytes
}

/** What stays free of a disk of that size. */
export function reservedBytes(totalBytes: number): number {
  return Math.min(totalBytes / RESERVED_PART, MOST_RESERVED_BYTES)
}
