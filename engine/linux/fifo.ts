import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'

/**
 * Our reading end of a named pipe that somebody else writes to. While it is being prepared it is open for both
 * directions, so that the writer need not wait and nothing looks like its end; from {@link begin} on, the end of the
 * last writer is the end of the stream.
 * @see fifo(7)
 */
export class FifoReader implements Disposable {
  readonly #path: string
  #both: number | undefined
  #stream: Socket | undefined

  constructor(path: string) {
    this.#path = path
    this.#both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  }

  /** To be called once the writer has it open. The stream ends with the writer, and is the caller's. */
  begin(): Readable {
    const descriptor = openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK)
    this.#stream = new Socket({ fd: descriptor, readable: true, writable: false })
    this[Symbol.dispose]()
    return this.#stream
  }

  /** Lets go of what {@link begin} does not need. */
  [Symbol.dispose](): void {
    if (this.#both !== undefined) closeSync(this.#both)
    this.#both = undefined
  }
}

/** Our writing end of a named pipe, for a few bytes. Opening it does not wait for a reader. */
export class FifoWriter {
  #descriptor: number | undefined

  constructor(path: string) {
    this.#descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  }

  write(text: string): void {
    if (this.#descriptor !== undefined) writeSync(this.#descriptor, text)
  }

  /** The reader sees the end. Idempotent. */
  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}
