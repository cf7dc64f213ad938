/** The last bytes of an output: what somebody sees who comes late. */
export class OutputRing {
  readonly #limitBytes: number
  #chunks: Buffer[] = []
  #bytes = 0
  #isCut = false

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** @param data is kept */
  add(data: Buffer): void {
    this.#chunks.push(data)
    this.#bytes += data.length
    let surplus = this.#bytes - this.#limitBytes
    while (surplus > 0) {
      const [oldest] = this.#chunks
      if (oldest === undefined) return
      this.#isCut = true
      if (oldest.length <= surplus) this.#chunks.shift()
      else this.#chunks[0] = oldest.subarray(surplus)
      const gone = Math.min(oldest.length, surplus)
      this.#bytes -= gone
      surplus -= gone
    }
  }

  /** All of it, from a line's beginning where the start is gone: not out of the middle of a character or an escape. */
  read(): Buffer {
    const all = Buffer.concat(this.#chunks)
    const lineEnd = this.#isCut ? all.indexOf(0x0a) : -1
    return lineEnd < 0 ? all : all.subarray(lineEnd + 1)
  }
}
