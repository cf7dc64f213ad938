import type { Writable } from 'node:stream'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Hijacked } from './hijack.ts'
import { SpillFile } from './spill-file.ts'

/** What a client may be behind in memory; more goes to disk. */
const MEMORY_LIMIT_BYTES = 1024 * 1024
/** What may wait in memory while the disk is slow; a client that is further behind is given up. */
const GIVE_UP_BYTES = 64 * 1024 * 1024

/**
 * The output of a process on its way to one client. The process writes as fast as it likes, the client reads as slowly as
 * it likes: what it is behind is kept, in order, first in memory, then on disk. So a stalled client neither stalls the
 * process (and its other clients) nor fills the daemon's memory.
 */
export class ClientOutput {
  readonly #connection: Hijacked
  readonly #stream: Writable
  readonly #spillFolder: string
  readonly #log: Log
  #queue: Buffer[] = []
  #queuedBytes = 0
  #spill: SpillFile | undefined
  #pumping: Promise<void> | undefined
  #wake: () => void = () => {}
  #isEnding = false

  /** @param spillFolder a folder on a disk that the container's owner pays for */
  constructor(connection: Hijacked, spillFolder: string, log: Log) {
    this.#connection = connection
    this.#stream = connection.output
    this.#spillFolder = spillFolder
    this.#log = log
    this.#stream.on('drain', () => this.#wake())
    this.#stream.on('close', () => this.#wake())
    this.#stream.on('error', (error) => log.debug('a client left', { error: error.message }))
  }

  write(data: Buffer): void {
    if (this.#isGone) return
    if (!this.#pumping && !this.#stream.writableNeedDrain) {
      this.#stream.write(data)
      return
    }
    this.#queue.push(data)
    this.#queuedBytes += data.length
    if (this.#queuedBytes > GIVE_UP_BYTES) {
      this.#log.warn('a client was given up: it did not read, and the disk is too slow to keep what it missed')
      this.#stream.destroy()
    }
    this.#startPump()
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

  get #isGone(): boolean {
    return this.#stream.destroyed || this.#isEnding
  }

  #startPump(): void {
    this.#pumping ??= this.#pump().catch((error: unknown) => {
      this.#log.warn('a client was given up: what it missed could not be kept', { error: messageOf(error) })
      this.#stream.destroy()
      this.#finish()
    })
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
    this.#queue = []
    this.#queuedBytes = 0
    const spill = this.#spill
    this.#spill = undefined
    spill?.close().catch((error: unknown) => this.#log.warn('a spill file could not be closed', { error: messageOf(error) }))
    if (this.#isEnding) this.#connection.close()
  }

  /** The oldest bytes: what is on disk is older than what is in memory. */
  async #next(): Promise<Buffer> {
    if (this.#spill?.isEmpty === false) return this.#spill.shift()
    const data = this.#queue.shift() ?? Buffer.alloc(0)
    this.#queuedBytes -= data.length
    return data
  }

  async #spillQueue(): Promise<void> {
    this.#spill ??= await SpillFile.open(this.#spillFolder)
    const chunks = this.#queue
    const bytes = this.#queuedBytes
    this.#queue = []
    await this.#spill.append(chunks)
    this.#queuedBytes -= bytes
  }
}
