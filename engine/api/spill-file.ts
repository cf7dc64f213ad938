import { randomBytes } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'

const READ_BYTES = 256 * 1024

/**
 * Bytes that memory should not hold, first in, first out. The file has no name once it is open, so that nothing is left
 * behind however the daemon ends. Not for concurrent calls: its owner awaits each.
 */
export class SpillFile {
  readonly #file: FileHandle
  #written = 0
  #read = 0

  private constructor(file: FileHandle) {
    this.#file = file
  }

  /** @throws Error from the file system */
  static async open(folder: string): Promise<SpillFile> {
    const path = join(folder, `.spill-${randomBytes(8).toString('hex')}`)
    const file = await open(path, 'wx+', 0o600)
    await unlink(path)
    return new SpillFile(file)
  }

  get isEmpty(): boolean {
    return this.#read === this.#written
  }

  /** @throws Error from the file system, e.g. when the disk is full */
  async append(chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) {
      let done = 0
      while (done < chunk.length) done += (await this.#file.write(chunk, done, chunk.length - done, this.#written + done)).bytesWritten
      this.#written += chunk.length
    }
  }

  /** The oldest bytes; once all are read, the file's space is given back. */
  async shift(): Promise<Buffer> {
    const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafe(READ_BYTES), 0, Math.min(READ_BYTES, this.#written - this.#read), this.#read)
    this.#read += bytesRead
    if (this.isEmpty) {
      await this.#file.truncate(0)
      this.#read = this.#written = 0
    }
    return buffer.subarray(0, bytesRead)
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
