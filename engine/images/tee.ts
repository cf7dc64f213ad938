import { Transform, type TransformCallback, type Writable } from 'node:stream'

/**
 * Passes bytes on, and gives them to a second stream as well, which is waited for. One that was destroyed gets no more of
 * them, and holds nobody up: why it was is its owner's to say.
 */
export class Tee extends Transform {
  readonly #second: Writable
  #onRoom = () => {}

  constructor(second: Writable) {
    super()
    this.#second = second
    second.on('drain', () => this.#onRoom())
    second.once('close', () => this.#onRoom())
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const pass = () => done(null, chunk)
    if (this.#second.destroyed || this.#second.write(chunk)) return pass()
    this.#onRoom = () => {
      this.#onRoom = () => {}
      pass()
    }
  }

  override _flush(done: TransformCallback): void {
    if (!this.#second.destroyed) this.#second.end()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    // What did not get to its end must not look whole to the other.
    if (!this.#second.writableEnded) this.#second.destroy()
    done(error)
  }
}
