import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, type Stats } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { hasCode } from '../errors.ts'
import { DirectFile, writeDirect } from '../linux/direct-file.ts'
import { linkIfPossible } from '../linux/hard-link.ts'
import { checkSpace, SpaceGuard } from '../linux/space-guard.ts'
import { syncFolder } from '../linux/sync.ts'
import { type Digest, DigestMeter, DigestVerifier, digestOf, hexOf } from './digest.ts'
import { Tee } from './tee.ts'

const CHUNK_BYTES = 256 * 1024

/**
 * Bytes by their digest, in `<root>/blobs/sha256`. A blob is written under a temporary name, checked, flushed, and only
 * then named: one that exists is whole.
 */
export class BlobStore {
  readonly #folder: string
  readonly #incoming: string
  /** Downloads under way: two pulls of one layer share one. */
  readonly #fetching = new Map<Digest, Promise<void>>()

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
    return (await this.#stat(digest))?.size
  }

  /** What its removal gives back: nothing while its file has another name elsewhere. */
  async removableBytes(digest: Digest): Promise<number> {
    const facts = await this.#stat(digest)
    return facts?.nlink === 1 ? facts.size : 0
  }

  read(digest: Digest): Readable {
    return createReadStream(this.path(digest), { highWaterMark: CHUNK_BYTES })
  }

  readText(digest: Digest): Promise<string> {
    return readFile(this.path(digest), 'utf8')
  }

  async writeText(text: string): Promise<Digest> {
    const digest = digestOf(text)
    if (!(await this.has(digest)))
      await this.#write(
        async (path) => writeDurably(path, text),
        () => digest,
      )
    return digest
  }

  /**
   * Stores a stream.
   * @param options.expected fails when the bytes have another digest
   * @param options.copyTo is given the bytes as well
   */
  async write(
    source: Readable,
    { expected, copyTo, signal }: { readonly expected?: Digest; readonly copyTo?: Writable; readonly signal?: AbortSignal } = {},
  ): Promise<{ digest: Digest; sizeBytes: number }> {
    const meter = expected === undefined ? new DigestMeter() : new DigestVerifier(expected)
    const digest = await this.#write(
      async (path) => pipeline([source, new SpaceGuard(this.#incoming), meter, ...(copyTo ? [new Tee(copyTo)] : []), new DirectFile(path)], { signal }),
      () => meter.digest(),
    )
    return { digest, sizeBytes: meter.sizeBytes }
  }

  /**
   * Stores pieces, each of which is done with before the next one is asked for: its maker may use its memory again.
   * @param sizeBytes of all of them, or nearly: so much must be free
   */
  async writePieces(pieces: AsyncIterable<Buffer>, sizeBytes: number): Promise<Digest> {
    await checkSpace(this.#incoming, sizeBytes)
    const hash = createHash('sha256')
    async function* measured(): AsyncGenerator<Buffer> {
      for await (const piece of pieces) {
        hash.update(piece)
        yield piece
      }
    }
    let digest: Digest | undefined
    return this.#write(
      (path) => writeDirect(path, measured()),
      () => (digest ??= `sha256:${hash.digest('hex')}` as Digest),
    )
  }

  /**
   * Takes over a file of the same file system instead of copying it.
   * @param path is gone afterwards
   * @param digest of the file, as the caller has measured it
   */
  async adopt(path: string, digest: Digest): Promise<void> {
    const file = await open(path, 'r')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(path, this.path(digest))
    await syncFolder(this.#folder)
  }

  /**
   * Gives a flushed file of the same file system, which nobody changes, a second name here instead of copying it.
   * @param digest of the file, as whoever wrote it has measured it
   * @returns false when there is no such file, or it cannot have a name here
   */
  async share(path: string, digest: Digest): Promise<boolean> {
    const outcome = await linkIfPossible(path, this.path(digest))
    if (outcome === 'made') await syncFolder(this.#folder)
    return outcome !== 'impossible'
  }

  /**
   * Runs `fetch`, which stores the blob, unless it is there or somebody is fetching it already.
   * @returns false when it was there or another one brought it
   */
  async once(digest: Digest, fetch: () => Promise<void>): Promise<boolean> {
    for (;;) {
      if (await this.has(digest)) return false
      const running = this.#fetching.get(digest)
      if (!running) break
      await running // If that one fails, its client may just have gone away: this one tries by itself.
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#fetching.set(digest, promise)
    try {
      await fetch()
      return true
    } finally {
      this.#fetching.delete(digest)
      resolve()
    }
  }

  async remove(digest: Digest): Promise<void> {
    await rm(this.path(digest), { force: true })
  }

  async all(): Promise<Digest[]> {
    return (await readdir(this.#folder)).map((hex) => `sha256:${hex}` as Digest)
  }

  async #stat(digest: Digest): Promise<Stats | undefined> {
    try {
      return await stat(this.path(digest))
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined
      throw error
    }
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
