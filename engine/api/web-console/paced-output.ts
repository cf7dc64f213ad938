import { Writable } from 'node:stream'
import type { WebSocket } from 'ws'

/** What may be on its way to a page that has not said that it took it: more would fill the page's memory. */
const WINDOW_BYTES = 1024 * 1024

/** Binary messages to a page, no faster than it takes them: a WebSocket itself does not hold anybody back. */
export class PacedOutput extends Writable {
  readonly #page: WebSocket
  #room = WINDOW_BYTES
  #held: (() => void) | undefined

  constructor(page: WebSocket) {
    super()
    this.#page = page
    page.on('close', () => this.destroy())
  }

  /** The page has drawn so many bytes. */
  taken(bytes: number): void {
    this.#room = Math.min(this.#room + bytes, WINDOW_BYTES)
    if (this.#room <= 0) return
    const held = this.#held
    this.#held = undefined
    held?.()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#page.send(chunk, { binary: true })
    this.#room -= chunk.length
    if (this.#room > 0) done()
    else this.#held = done
  }
}
