import { Worker } from 'node:worker_threads'

/** `tell` may be asked for at any time, and more added afterwards. */
export type DigestWish = { readonly kind: 'add'; readonly bytes: Uint8Array } | { readonly kind: 'tell' | 'forget' }

export interface DigestRequest {
  readonly turn: number
  /** Which of the digests under way. */
  readonly id: number
  readonly wish: DigestWish
}

export interface DigestReply {
  readonly turn: number
  /** Of all bytes up to now, where somebody wants to be told. */
  readonly hex: string
}

/** A digest under way, known to this thread and no other. */
export interface RemoteDigest {
  readonly id: number
  readonly worker: Worker
}

interface Asking {
  readonly resolve: (hex: string) => void
  readonly reject: (error: Error) => void
}

/** Beside this file, both in the source and in the bundle, whose files end otherwise. */
const WORKER_URL = new URL(import.meta.url.endsWith('.ts') ? './digest-worker.ts' : './digest-worker.mjs', import.meta.url)

/** Enough to be worth a message to another thread; little enough to stay in a processor's cache. */
export const BATCH_BYTES = 512 * 1024

/**
 * So many are kept while there are uploads: the kernel clears new memory, which costs as much as to fill it, and V8 gives back
 * what was shared late.
 */
const SPARE_BATCHES = 64

/** A push has many blobs one after the other: the thread waits for the next before it goes. */
const IDLE_MS = 15_000

/** Hashes on another core. The thread starts with the first digest; it ends, with all it knows, when nobody has asked for a while. */
export class DigestThread {
  /** Batches that nobody uses now. */
  readonly spare: Buffer[] = []
  readonly #idleMs: number
  #worker: Worker | undefined
  #nextId = 0
  #nextTurn = 0
  readonly #asking = new Map<number, Asking>()
  #idle: NodeJS.Timeout | undefined

  constructor(idleMs = IDLE_MS) {
    this.#idleMs = idleMs
  }

  begin(): RemoteDigest {
    this.#worker ??= this.#start()
    return { id: this.#nextId++, worker: this.#worker }
  }

  /**
   * @param wish with bytes of shared memory, which may change again once this is answered; others are copied on their way
   * @returns the hex digits, of `tell`; undefined when the thread that knew has ended
   * @throws Error when it fails
   */
  async ask({ id, worker }: RemoteDigest, wish: DigestWish): Promise<string | undefined> {
    if (worker !== this.#worker) return undefined
    clearTimeout(this.#idle)
    worker.ref()
    const turn = this.#nextTurn++
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    this.#asking.set(turn, { resolve, reject })
    worker.postMessage({ turn, id, wish } satisfies DigestRequest)
    return promise
  }

  giveBack(batch: Buffer): void {
    if (this.spare.length < SPARE_BATCHES) this.spare.push(batch)
  }

  #start(): Worker {
    const worker = new Worker(WORKER_URL, { name: 'digest' })
    worker.on('message', (reply: DigestReply) => this.#take(worker, reply))
    worker.on('error', (error: Error) => this.#fail(worker, error))
    worker.on('exit', () => this.#fail(worker, new Error('the thread that hashes ended')))
    this.#restUntilAsked(worker)
    return worker
  }

  #take(worker: Worker, { turn, hex }: DigestReply): void {
    this.#asking.get(turn)?.resolve(hex)
    this.#asking.delete(turn)
    if (this.#asking.size === 0) this.#restUntilAsked(worker)
  }

  #restUntilAsked(worker: Worker): void {
    worker.unref()
    this.#idle = setTimeout(() => {
      this.#worker = undefined
      this.spare.length = 0
      void worker.terminate()
    }, this.#idleMs).unref()
  }

  #fail(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    clearTimeout(this.#idle)
    for (const { reject } of this.#asking.values()) reject(error)
    this.#asking.clear()
  }
}

/** Memory that both threads see, so that nothing is copied between them. */
export function newBatch(): Buffer {
  return Buffer.from(new SharedArrayBuffer(BATCH_BYTES))
}
