import { Readable, Writable } from 'node:stream'
import type { MessagePort } from 'node:worker_threads'

/** What one end tells the other. */
type ToReader = { readonly kind: 'bytes'; readonly bytes: Uint8Array } | { readonly kind: 'end' } | { readonly kind: 'abort' }
type ToWriter = 'taken' | 'closed'

/** So many bytes wait for the other thread at a time. */
const WAITING_BYTES = 1024 * 1024

type Done = (error?: Error | null) => void

/** A stream into another thread, which reads it by a {@link PortReader}. Its bytes are copied, and never more than the reader takes. */
export class PortWriter extends Writable {
  readonly #port: MessagePort
  #onTaken: Done | undefined

  constructor(port: MessagePort) {
    super({ highWaterMark: WAITING_BYTES })
    this.#port = port
    port.on('message', (message: ToWriter) => {
      if (message === 'closed') this.destroy()
      else this.#settle()
    })
    port.once('close', () => this.destroy())
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#send(chunk.length, [chunk], done)
  }

  override _writev(items: { readonly chunk: Buffer }[], done: Done): void {
    const chunks = items.map(({ chunk }) => chunk)
    this.#send(
      chunks.reduce((sum, chunk) => sum + chunk.length, 0),
      chunks,
      done,
    )
  }

  override _final(done: Done): void {
    this.#tell({ kind: 'end' })
    done()
  }

  override _destroy(error: Error | null, done: Done): void {
    if (!this.writableFinished) this.#tell({ kind: 'abort' })
    this.#settle()
    done(error)
  }

  #send(length: number, chunks: readonly Buffer[], done: Done): void {
    const bytes = Buffer.allocUnsafeSlow(length)
    let position = 0
    for (const chunk of chunks) {
      bytes.set(chunk, position)
      position += chunk.length
    }
    this.#onTaken = done
    this.#port.postMessage({ kind: 'bytes', bytes } satisfies ToReader, [bytes.buffer])
  }

  #settle(): void {
    const done = this.#onTaken
    this.#onTaken = undefined
    done?.()
  }

  #tell(message: ToReader): void {
    this.#port.postMessage(message)
  }
}

/** The other end of a {@link PortWriter}. Closes the port when it is destroyed. */
export class PortReader extends Readable {
  readonly #port: MessagePort
  /** Bytes were taken, and the writer does not know yet. */
  #owes = false

  constructor(port: MessagePort) {
    super({ highWaterMark: WAITING_BYTES })
    this.#port = port
    port.on('message', (message: ToReader) => this.#take(message))
    port.once('close', () => this.destroy(this.readableEnded ? undefined : new Error('the other thread went away')))
  }

  override _read(): void {
    if (!this.#owes) return
    this.#owes = false
    this.#port.postMessage('taken' satisfies ToWriter)
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#port.postMessage('closed' satisfies ToWriter)
    this.#port.close()
    done(error)
  }

  #take(message: ToReader): void {
    switch (message.kind) {
      case 'bytes':
        this.#owes = true
        if (this.push(message.bytes)) this._read()
        return
      case 'end':
        this.push(null)
        return
      case 'abort':
        this.destroy(new Error('what it was made of broke off'))
    }
  }
}
