import type { Writable } from 'node:stream'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Hijacked } from './hijack.ts'
import { SpillFile } from './spill-file.ts'

/** What a client may be behind in memory; more goes to disk. */
const MEMORY_LIMIT_BYTES = 1024 * 1024
/** What may wait for a disk that is slower than the process writes; then everything waits for the disk. */
const PATIENCE_BYTES = 16 * 1024 * 1024

/**
 * The output of a process on its way to one client. The process writes as fast as it likes, the client reads as slowly as
 * it likes: what it is behind is kept, in order, first in memory, then on disk. So a stalled client neither stalls the
 * process (and its other clients) nor fills the daemon's memory.
 */
export class ClientOutput {
  readonly #connection: Pick<Hijacked, 'output' | 'close'>
  readonly #stream: Writable
  readonly #spillFolder: string
  readonly #log: Log
  #queue: Buffer[] = []
  #queuedBytes = 0
  #spill: SpillFile | undefined
  #isSpilling = false
  #pumping: Promise<void> | undefined
  #wake: () => void = () => {}
  #isEnding = false

  /** @param spillFolder a folder on a disk that the container's owner pays for */
  constructor(connection: Pick<Hijacked, 'output' | 'close'>, spillFolder: string, log: Log) {
    this.#connection = connection
    this.#stream = connection.output
    this.#spillFolder = spillFolder
    this.#log = log
    this.#stream.on('drain', () => this.#wake())
    this.#stream.on('close', () => this.#wake())
    this.#stream.on('error', (error) => log.debug('a client left', { error: error.message }))
  }

  /** @param data is kept: the caller must not change it afterwards */
  write(data: Buffer): void {
    if (this.#stream.destroyed || this.#isEnding) return
    if (!this.#pumping && !this.#stream.writableNeedDrain) {
      this.#stream.write(data)
      return
    }
    this.#queue.push(data)
    this.#queuedBytes += data.length
    if (this.#isSpilling && this.#queuedBytes > PATIENCE_BYTES) this.#spillNow()
    this.#pumping ??= this.#pump().catch((error: unknown) => this.#giveUp(error))
    if (this.#queuedBytes > MEMORY_LIMIT_BYTES) this.#wake()
  }

  /** Resolves when the client's connection has taken everything, or is gone. */
  async flushed(): Promise<void> {
    await this.#pumping
  }

  /** Ends the connection once everything is sent. */
  end(): void {
    if (this.#isEnding) return
    this.#isEnding = true
    if (!this.#pumping) this.#connection.close()
  }

  async #pump(): Promise<void> {
    while (!this.#stream.destroyed && (this.#queue.length > 0 || this.#spill?.isEmpty === false)) {
      if (!this.#stream.writableNeedDrain) this.#stream.write(await this.#next())
      else if (this.#queuedBytes > MEMORY_LIMIT_BYTES) await this.#spillQueue()
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    this.#finish()
  }

  /** In the same turn as the last look at the queue: what is written from now on finds no pump, and starts one. */
  #finish(): void {
    this.#pumping = undefined
    this.#takeQueue()
    const spill = this.#spill
    this.#spill = undefined
    spill?.close().catch((error: unknown) => this.#log.warn('a spill file could not be closed', { error: messageOf(error) }))
    if (this.#isEnding) this.#connection.close()
  }

  #giveUp(error: unknown): void {
    this.#log.warn('a client was given up: what it is behind could not be kept', { error: messageOf(error) })
    this.#stream.destroy()
    this.#finish()
  }

  /** The oldest bytes: what is on disk is older than what is in memory. */
  async #next(): Promise<Buffer> {
    if (this.#spill?.isEmpty === false) return this.#spill.shift()
    const data = this.#queue.shift() ?? Buffer.alloc(0)
    this.#queuedBytes -= data.length
    return data
  }

  #takeQueue(): Buffer {
    const data = Buffer.concat(this.#queue)
    this.#queue = []
    this.#queuedBytes = 0
    return data
  }

  async #spillQueue(): Promise<void> {
    this.#spill ??= await SpillFile.open(this.#spillFolder)
    this.#isSpilling = true
    try {
      await this.#spill.append(this.#takeQueue())
    } finally {
      this.#isSpilling = false
    }
  }

  /** An append is under way, so what is queued now belongs right behind it. */
  #spillNow(): void {
    try {
      this.#spill?.appendNow(this.#takeQueue())
    } catch (error) {
      this.#log.warn('a client was given up: what it is behind could not be kept', { error: messageOf(error) })
      this.#stream.destroy()
    }
  }
}
