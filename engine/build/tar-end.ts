import { Transform, type TransformCallback } from 'node:stream'
import { EngineError } from '../errors.ts'
import { BLOCK_BYTES, hasValidChecksum, paddingOf, readEntry } from '../images/tar-entry.ts'

/** What tar(5) wants at the end of an archive. */
const END_BYTES = 2 * BLOCK_BYTES

/**
 * Gives an archive the end that it lacks. Where the docker CLI changes a context on its way, as for a Dockerfile that is
 * somewhere else, it sends neither the padding of the last file nor the empty blocks; Go does not mind, tar(1) takes it
 * for an accident. An archive that ends inside a file is left as it is, and so is all that is no archive.
 */
export class TarEnd extends Transform {
  #header: Buffer[] = []
  #missing = BLOCK_BYTES
  #content = 0
  #padding = 0
  /** Until the archive has had its end, or cannot be followed. */
  #isFollowed = true

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (let at = 0; at < chunk.length && this.#isFollowed; ) at += this.#pass(chunk, at)
    done(null, chunk)
  }

  override _flush(done: TransformCallback): void {
    const endsBetween = this.#isFollowed && this.#content === 0 && this.#missing === BLOCK_BYTES
    done(null, endsBetween ? Buffer.alloc(this.#padding + END_BYTES) : null)
  }

  /** @returns how many bytes were looked at */
  #pass(chunk: Buffer, at: number): number {
    const rest = chunk.length - at
    if (this.#content > 0) {
      const part = Math.min(this.#content, rest)
      this.#content -= part
      return part
    }
    if (this.#padding > 0) {
      const part = Math.min(this.#padding, rest)
      this.#padding -= part
      return part
    }
    const part = Math.min(this.#missing, rest)
    this.#header.push(chunk.subarray(at, at + part))
    this.#missing -= part
    if (this.#missing === 0) this.#follow(Buffer.concat(this.#header))
    return part
  }

  #follow(header: Buffer): void {
    this.#header = []
    this.#missing = BLOCK_BYTES
    const size = contentOf(header)
    if (size === undefined) this.#isFollowed = false
    else [this.#content, this.#padding] = [size, paddingOf(size)]
  }
}

/** How many bytes follow a header; undefined when it is none. */
function contentOf(header: Buffer): number | undefined {
  try {
    return hasValidChecksum(header) ? readEntry(header, header, { records: new Map() }).sizeBytes : undefined
  } catch (error) {
    if (error instanceof EngineError) return undefined
    throw error
  }
}
