import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { hasCode } from '../errors.ts'
import { type Digest, DigestMeter, DigestVerifier, digestOf, hexOf } from './digest.ts'

/**
 * Bytes by their digest, in `<root>/blobs/sha256`. A blob is written under a temporary name, checked, flushed, and only
 * then named: one that exists is whole.
 */
export class BlobStore {
  readonly #folder: string
  readonly #incoming: string

  constructor(root: string) {
    this.#folder = join(root, 'blobs', 'sha256')
    this.#incoming = join(root, 'incoming')
  }

  /** Makes the folders, and removes what was being written when the daemon died. */
  async open(): Promise<void> {
    await rm(this.#incoming, { recursive: true, force: true })
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await mkdir(this.#incoming, { recursive: true, mode: 0o700 })
  }

  path(digest: Digest): string {
    return join(this.#folder, hexOf(digest))
  }

  async has(digest: Digest): Promise<boolean> {
    return (await this.sizeOf(digest)) !== undefined
  }

  async sizeOf(digest: Digest): Promise<number | undefined> {
    try {
      return (await stat(this.path(digest))).size
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined
      throw error
    }
  }

  read(digest: Digest): Readable {
    return createReadStream(this.path(digest), { highWaterMark: 256 * 1024 })
  }

  readText(digest: Digest): Promise<string> {
    return readFile(this.path(digest), 'utf8')
  }

  async writeText(text: string): Promise<Digest> {
    const digest = digestOf(text)
    if (!(await this.has(digest))) await this.#write(async (path) => writeDurably(path, text), () => digest)
    return digest
  }

  /**
   * Stores a stream.
   * @param expected fails when the bytes have another digest
   */
  async write(source: Readable, expected?: Digest, signal?: AbortSignal): Promise<{ digest: Digest; sizeBytes: number }> {
    const meter = expected === undefined ? new DigestMeter() : new DigestVerifier(expected)
    const digest = await this.#write(
      async (path) => pipeline(source, meter, createWriteStream(path, { flush: true, mode: 0o600 }), { signal }),
      () => meter.digest(),
    )
    return { digest, sizeBytes: meter.sizeBytes }
  }

  async remove(digest: Digest): Promise<void> {
    await rm(this.path(digest), { force: true })
  }

  async all(): Promise<Digest[]> {
    return (await readdir(this.#folder)).map((hex) => `sha256:${hex}` as Digest)
  }

  async #write(fill: (path: string) => Promise<void>, digest: () => Digest): Promise<Digest> {
    const temporary = join(this.#incoming, randomUUID())
    try {
      await fill(temporary)
      await rename(temporary, this.path(digest()))
      await syncFolder(this.#folder)
      return digest()
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes a rename last. @see rename(2), fsync(2) */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
