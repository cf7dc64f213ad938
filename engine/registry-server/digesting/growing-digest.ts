import { createHash, type Hash } from 'node:crypto'
import type { Digest } from '../../images/digest.ts'
import { type DigestThread, newBatch, type RemoteDigest } from './digest-thread.ts'

/**
 * The digest of what comes piece by piece, while it goes elsewhere. Pieces are gathered for another thread: one that took each by
 * itself would spend more on that than on its hash. What is less than a batch is not worth a thread, and hashed here.
 */
export class GrowingDigest {
  readonly #thread: DigestThread
  #filling: Buffer | undefined
  #filled = 0
  /** The batch before. */
  #hashing: Promise<void> = Promise.resolve()
  #here: Hash | undefined
  #there: RemoteDigest | undefined
  #isLost = false

  constructor(thread: DigestThread) {
    this.#thread = thread
  }

  /** One piece after the other. @returns what to wait for before the next one, if anything, which fails when the thread does */
  add(piece: Buffer): Promise<void> | undefined {
    this.#filling ??= this.#thread.spare.pop() ?? newBatch()
    const copied = Math.min(piece.length, this.#filling.length - this.#filled)
    // Not `copy`: into shared memory, V8 copies one word at a time.
    this.#filling.fill(piece, this.#filled, this.#filled + copied)
    this.#filled += copied
    if (this.#filled < this.#filling.length) return undefined
    return this.#send().then(() => (copied < piece.length ? this.add(piece.subarray(copied)) : undefined))
  }

  /** Hashes all that has come, and keeps no memory. @throws Error when the thread fails */
  async flush(): Promise<void> {
    await this.#send()
    await this.#hashing
  }

  /** Of all up to now; more may follow. @returns undefined when it is not known any more, after a long pause @throws Error when the thread fails */
  async value(): Promise<Digest | undefined> {
    await this.flush()
    if (this.#isLost) return undefined
    const hex = this.#there ? await this.#thread.ask(this.#there, { kind: 'tell' }) : (this.#here?.copy() ?? createHash('sha256')).digest('hex')
    return hex === undefined ? undefined : (`sha256:${hex}` as Digest)
  }

  /** Nobody will ask for it. */
  forget(): void {
    const there = this.#there
    if (there) this.#thread.ask(there, { kind: 'forget' }).catch(() => undefined) // With the thread, it is forgotten, too.
  }

  /** One batch is hashed while the next one fills: never are there more. */
  async #send(): Promise<void> {
    const batch = this.#filling
    if (!batch) return
    const bytes = batch.subarray(0, this.#filled)
    this.#filling = undefined
    this.#filled = 0
    await this.#hashing
    this.#hashing = this.#hash(bytes, bytes.length === batch.length).then(() => this.#thread.giveBack(batch))
    this.#hashing.catch(() => undefined) // Whoever waits for it next throws it.
  }

  async #hash(bytes: Buffer, isWhole: boolean): Promise<void> {
    if (!this.#there && (this.#here || !isWhole)) {
      this.#here ??= createHash('sha256')
      this.#here.update(bytes)
      return
    }
    this.#there ??= this.#thread.begin()
    if (!this.#isLost) this.#isLost = (await this.#thread.ask(this.#there, { kind: 'add', bytes })) === undefined
  }
}
