import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'

const READ_BYTES = 256 * 1024

/**
 * Bytes that memory should not hold, first in, first out. The file has no name once it is open, so that nothing is left
 * behind however the daemon ends. Its owner awaits each call before the next, but for {@link appendNow}.
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
  async append(data: Uint8Array): Promise<void> {
    const at = this.#reserve(data.length)
    for (let done = 0; done < data.length; ) done += (await this.#file.write(data, done, data.length - done, at + done)).bytesWritten
  }

  /** Like {@link append}, while everything else waits for the disk; also allowed while an append is under way. */
  appendNow(data: Uint8Array): void {
    const at = this.#reserve(data.length)
    for (let done = 0; done < data.length; ) done += writeSync(this.#file.fd, data, done, data.length - done, at + done)
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

  #reserve(bytes: number): number {
    const at = this.#written
    this.#written += bytes
    return at
  }
}
