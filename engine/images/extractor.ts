import { EngineError, type ErrorKind } from '../errors.ts'
import type { Extracted } from './extract.ts'
import { startUnpacking, type Unpacking } from './unpacking-thread.ts'

export interface ExtractRequest {
  readonly job: number
  /** The layer's tar, compressed or not. */
  readonly blobPath: string
  /** Where to; it exists and is empty. */
  readonly folder: string
}

export type ExtractReply =
  | { readonly job: number; readonly kind: 'progress'; readonly bytes: number }
  | { readonly job: number; readonly kind: 'done'; readonly extracted: Extracted }
  | { readonly job: number; readonly kind: 'failed'; readonly errorKind: ErrorKind; readonly message: string }

interface Job {
  readonly onBytes: (total: number) => void
  readonly resolve: (extracted: Extracted) => void
  readonly reject: (error: unknown) => void
}

/** A pull has many layers one after the other: the thread waits for the next before it goes. */
const IDLE_MS = 15_000

/**
 * Unpacks layers on a thread of its own, so that the API answers meanwhile. The thread starts with the first layer,
 * and ends when there was none for a while.
 */
export class Extractor {
  #worker: Unpacking | undefined
  #nextJob = 1
  readonly #jobs = new Map<number, Job>()
  #idle: NodeJS.Timeout | undefined

  /**
   * @param blobPath the layer's tar, compressed or not
   * @param folder where to; it exists and is empty
   * @param onBytes called now and then with the bytes of the blob that were read so far
   * @throws EngineError `invalid` or `system`; the folder may then hold anything
   * @see extractLayer
   */
  extract(blobPath: string, folder: string, onBytes: (total: number) => void): Promise<Extracted> {
    clearTimeout(this.#idle)
    this.#worker ??= this.#start()
    this.#worker.ref()
    const { promise, resolve, reject } = Promise.withResolvers<Extracted>()
    const job = this.#nextJob++
    this.#jobs.set(job, { onBytes, resolve, reject })
    this.#worker.send({ job, blobPath, folder })
    return promise
  }

  #start(): Unpacking {
    const worker = startUnpacking({ onReply: (reply) => this.#take(reply), onEnd: (error) => this.#end(worker, error) })
    return worker
  }

  #take(reply: ExtractReply): void {
    const job = this.#jobs.get(reply.job)
    if (!job) return
    if (reply.kind === 'progress') return job.onBytes(reply.bytes)
    this.#jobs.delete(reply.job)
    if (reply.kind === 'done') job.resolve(reply.extracted)
    else job.reject(new EngineError(reply.errorKind, reply.message))
    if (this.#jobs.size > 0) return
    this.#worker?.unref()
    this.#idle = setTimeout(() => this.#retire(), IDLE_MS).unref()
  }

  /** Forgotten first: a layer that comes while the thread ends gets a new one. */
  #retire(): void {
    const worker = this.#worker
    this.#worker = undefined
    worker?.end()
  }

  #end(worker: Unpacking, error: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    clearTimeout(this.#idle)
    for (const job of this.#jobs.values()) job.reject(error)
    this.#jobs.clear()
  }
}
