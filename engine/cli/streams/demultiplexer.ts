import { once } from 'node:events'
import { Writable } from 'node:stream'

const HEADER_BYTES = 8

/**
 * Takes docker's framed stream apart onto two outputs, in the order in which the frames come, as fast as both take it.
 * Neither output is ended.
 * @throws Error with the text of a frame of type 3, the daemon's own trouble; or for anything that is no frame
 * @see Engine API 1.51 ContainerAttach, "Stream format"
 */
export class Demultiplexer extends Writable {
  readonly #output: Writable
  readonly #errors: Writable
  #rest: Buffer = Buffer.alloc(0)

  constructor(output: Writable, errors: Writable) {
    super()
    this.#output = output
    this.#errors = errors
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#deliverAll(chunk).then(() => done(), done)
  }

  async #deliverAll(chunk: Buffer): Promise<void> {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    while (data.length >= HEADER_BYTES) {
      const type = data.readUInt8(0)
      // Without this, text that is no frame would be waited for as the length of one.
      if (type > 3) throw new Error(`Unrecognized input header: ${type}`)
      const end = HEADER_BYTES + data.readUInt32BE(4)
      if (data.length < end) break
      await this.#deliver(type, data.subarray(HEADER_BYTES, end))
      data = data.subarray(end)
    }
    this.#rest = data
  }

  async #deliver(type: number, payload: Buffer): Promise<void> {
    if (type === 3) throw new Error(`error from daemon in stream: ${payload.toString()}`)
    const target = type === 2 ? this.#errors : this.#output
    if (!target.write(payload)) await once(target, 'drain')
  }
}
