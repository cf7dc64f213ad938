import { randomUUID } from 'node:crypto'
import { finished, PassThrough, type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Digest, DigestMeter } from '../images/digest.ts'
import { Lock } from '../lock.ts'
import type { Blobs } from './blobs.ts'
import { DigestThread } from './digesting/digest-thread.ts'
import { GrowingDigest } from './digesting/growing-digest.ts'
import { RegistryError } from './errors.ts'
import { uploadData, uploads } from './layout.ts'
import type { ByteRange, GrowingFacts, Storage } from './storage/storage.ts'

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** What is known of an upload without reading it again: lost with the process, and then made anew from the file. */
interface Progress {
  readonly lock: Lock
  digest: GrowingDigest
  /** The version of the file whose digest it is; undefined when it is no version's. */
  digestedVersion: string | undefined
}

/**
 * Blobs that are on their way: a file that grows with each request, and is hashed as it does. It outlives this process,
 * so that a client may go on with it after a restart.
 * @see OCI distribution-spec v1.1, "Pushing a blob in chunks"
 */
export class Uploads {
  readonly #storage: Storage
  readonly #blobs: Blobs
  readonly #progress = new Map<string, Progress>()
  readonly #thread = new DigestThread()

  constructor(storage: Storage, blobs: Blobs) {
    this.#storage = storage
    this.#blobs = blobs
  }

  /** @returns the id of a new upload */
  async begin(repository: string): Promise<string> {
    const id = randomUUID()
    await this.#storage.append(uploadData(repository, id), 0, new PassThrough().end())
    return id
  }

  /** @returns how many bytes have come @throws RegistryError `BLOB_UPLOAD_UNKNOWN` */
  async sizeBytes(repository: string, id: string): Promise<number> {
    return (await this.#facts(repository, id)).sizeBytes
  }

  /**
   * Adds bytes at the end. Requests for one upload wait for each other.
   * @param range which bytes the client says they are; refused when they do not follow what is there
   * @returns how many bytes there are then
   * @throws RegistryError `RANGE_INVALID`, `SIZE_INVALID` when there are more or fewer than `range` says; then it is as before
   */
  async append(repository: string, id: string, source: Readable, range?: ByteRange): Promise<number> {
    await this.sizeBytes(repository, id)
    const progress = this.#progressOf(id)
    return progress.lock.run(() => this.#append(repository, id, progress, source, range))
  }

  async #append(repository: string, id: string, progress: Progress, source: Readable, range: ByteRange | undefined): Promise<number> {
    const path = uploadData(repository, id)
    const { sizeBytes: before, version } = await this.#facts(repository, id)
    if (range && range.first !== before) throw new RegistryError('RANGE_INVALID', { detail: { expected: before, given: range.first } })
    if (before === 0) {
      progress.digest.forget()
      progress.digest = new GrowingDigest(this.#thread)
    }
    const isDigesting = before === 0 || progress.digestedVersion === version
    let count = 0
    const meter = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        count += chunk.length
        const turn = isDigesting ? progress.digest.add(chunk) : undefined
        if (turn) turn.then(() => done(null, chunk), done)
        else done(null, chunk)
      },
    })
    // What is digested and does not reach the file would spoil it: until all has gone well, it is no version's.
    progress.digestedVersion = undefined
    // Not a pipeline: that would cut the connection of a client that is still to hear why its bytes were not taken.
    finished(source, { writable: false }, (error) => error && meter.destroy(error))
    const after = await this.#storage.append(path, before, source.pipe(meter))
    if (range && count !== range.last - range.first + 1) {
      await this.#storage.truncate(path, before)
      throw new RegistryError('SIZE_INVALID', { detail: { announced: range.last - range.first + 1, received: count } })
    }
    if (isDigesting) {
      await progress.digest.flush()
      progress.digestedVersion = after
    }
    return before + count
  }

  /**
   * Makes it a blob of the repository.
   * @throws RegistryError `DIGEST_INVALID` when the bytes have another digest; the upload is gone then
   */
  async finish(repository: string, id: string, digest: Digest): Promise<void> {
    await this.sizeBytes(repository, id)
    const progress = this.#progressOf(id)
    await progress.lock.run(async () => {
      // Of the bytes that are there now: another process may have added to them, or changed them.
      const { version } = await this.#facts(repository, id)
      const known = progress.digestedVersion === version ? await progress.digest.value() : undefined
      const actual = known ?? (await this.#digestOf(repository, id))
      if (actual === digest) {
        await this.#blobs.adopt(uploadData(repository, id), version, digest)
        await this.#blobs.link(repository, digest)
      }
      await this.#remove(repository, id)
      if (actual !== digest) throw new RegistryError('DIGEST_INVALID', { detail: { digest, actual } })
    })
  }

  /** @throws RegistryError `BLOB_UPLOAD_UNKNOWN` */
  async cancel(repository: string, id: string): Promise<void> {
    await this.sizeBytes(repository, id)
    await this.#progressOf(id).lock.run(() => this.#remove(repository, id))
  }

  /** Removes those that have not grown for this long. */
  async removeOlderThan(repository: string, ageMs: number): Promise<void> {
    for (const { name } of await this.#storage.list(uploads(repository))) {
      const facts = await this.#storage.growing(uploadData(repository, name))
      if (!facts || Date.now() - facts.modifiedAtMs > ageMs) await this.#remove(repository, name)
    }
  }

  /** @throws RegistryError `BLOB_UPLOAD_UNKNOWN` */
  async #facts(repository: string, id: string): Promise<GrowingFacts> {
    const facts = ID.test(id) ? await this.#storage.growing(uploadData(repository, id)) : undefined
    if (!facts) throw new RegistryError('BLOB_UPLOAD_UNKNOWN', { detail: { id } })
    return facts
  }

  async #digestOf(repository: string, id: string): Promise<Digest> {
    const stream = await this.#storage.readGrowing(uploadData(repository, id))
    if (!stream) throw new RegistryError('BLOB_UPLOAD_UNKNOWN', { detail: { id } })
    const meter = new DigestMeter()
    await pipeline(stream, meter.resume())
    return meter.digest()
  }

  async #remove(repository: string, id: string): Promise<void> {
    this.#progress.get(id)?.digest.forget()
    this.#progress.delete(id)
    await this.#storage.remove(`${uploads(repository)}/${id}`)
  }

  #progressOf(id: string): Progress {
    const known = this.#progress.get(id)
    if (known) return known
    const made: Progress = { lock: new Lock(), digest: new GrowingDigest(this.#thread), digestedVersion: undefined }
    this.#progress.set(id, made)
    return made
  }
}
