import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { hasCode } from '../errors.ts'

/** So much is written at a time, and as much again is filled meanwhile. */
const BUFFER_BYTES = 1024 * 1024

/** No disk's logical block is larger. */
const BLOCK_BYTES = 4096

type Done = (error?: Error | null) => void

/**
 * A new file whose bytes go to the disk past the page cache, and are there, flushed, when the stream has finished. For
 * what is written once and not read soon: in the cache it would cost its own size of memory and push out what is read.
 * On a file system that cannot, it is written as any other.
 * @see open(2), O_DIRECT; docs/decisions/0025-layers-past-the-cache.md
 */
export class DirectFile extends Writable {
  readonly #path: string
  #file: FileHandle | undefined
  #filling = aligned()
  #filled = 0
  #spare = aligned()
  /** The write of {@link #spare}, which may go on. */
  #writing: Promise<void> = Promise.resolve()
  #position = 0

  /** @param path of a file that does not exist; only root may read it */
  constructor(path: string) {
    super({ highWaterMark: BUFFER_BYTES })
    this.#path = path
  }

  override _construct(done: Done): void {
    settle(this.#open(), done)
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    settle(this.#take(chunk), done)
  }

  override _final(done: Done): void {
    settle(this.#finish(), done)
  }

  override _destroy(error: Error | null, done: Done): void {
    const close = () => this.#file?.close()
    settle(this.#writing.then(close, close), (failure) => done(error ?? failure))
  }

  async #open(): Promise<void> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
    const mode = 0o600
    try {
      this.#file = await open(this.#path, flags | constants.O_DIRECT, mode)
    } catch (error) {
      // The file was made before the flag was refused.
      if (!hasCode(error, 'EINVAL')) throw error
      this.#file = await open(this.#path, flags & ~constants.O_EXCL, mode)
    }
  }

  async #take(chunk: Buffer): Promise<void> {
    for (let taken = 0; taken < chunk.length; ) {
      const copied = chunk.copy(this.#filling, this.#filled, taken)
      taken += copied
      this.#filled += copied
      if (this.#filled === BUFFER_BYTES) await this.#swap()
    }
  }

  async #swap(): Promise<void> {
    await this.#writing
    const full = this.#filling
    this.#filling = this.#spare
    this.#spare = full
    this.#filled = 0
    this.#writing = this.#writeAt(full, this.#position)
    this.#writing.catch(() => undefined) // Whoever waits for it next is told.
    this.#position += BUFFER_BYTES
  }

  async #finish(): Promise<void> {
    await this.#writing
    // The last block is written whole, and the file cut to its size.
    const end = this.#position + this.#filled
    const rest = this.#filling.subarray(0, Math.ceil(this.#filled / BLOCK_BYTES) * BLOCK_BYTES)
    await this.#writeAt(rest, this.#position)
    await this.#file?.truncate(end)
    await this.#file?.sync()
  }

  async #writeAt(bytes: Buffer, position: number): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      const result = await this.#file?.write(bytes, written, bytes.length - written, position + written)
      written += result?.bytesWritten ?? 0
    }
  }
}

/**
 * Writes pieces to a {@link DirectFile}, one after the other: none is looked at any more once the next one is asked for.
 * @param path as there
 */
export async function writeDirect(path: string, pieces: AsyncIterable<Buffer>): Promise<void> {
  const file = new DirectFile(path)
  const ended = finished(file)
  ended.catch(() => undefined) // Whoever writes next is told.
  try {
    for await (const piece of pieces) await new Promise<void>((resolve, reject) => file.write(piece, (error) => (error ? reject(error) : resolve())))
    file.end()
    await ended
  } catch (error) {
    file.destroy()
    await Promise.allSettled([ended])
    throw error
  }
}

/** Memory at the start of a page, as O_DIRECT asks: V8 maps that of a resizable buffer by itself. */
function aligned(): Buffer {
  return Buffer.from(new ArrayBuffer(BUFFER_BYTES, { maxByteLength: BUFFER_BYTES }))
}

function settle(work: Promise<void>, done: Done): void {
  work.then(() => done(), done)
}
