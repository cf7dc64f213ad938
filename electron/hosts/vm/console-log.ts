import { createWriteStream, renameSync, type WriteStream } from 'node:fs'
import { codeOf } from '../../errors.ts'

/** What a failure shows. */
const LAST_LINES = 20

/** A guest that talks too much fills no disk: the file begins anew after this many bytes, and one older one is kept. */
const LARGEST_BYTES = 4 * 1024 * 1024

/** The serial console of a VM: a file, its last lines, and whoever listens now. */
export class ConsoleLog {
  readonly #path: string
  readonly #last: string[] = []
  readonly #listeners = new Set<(line: string) => void>()
  #file: WriteStream
  #bytes = 0

  constructor(path: string) {
    this.#path = path
    this.#file = this.#open()
  }

  get lastLines(): string[] {
    return [...this.#last]
  }

  write(line: string): void {
    this.#last.push(line)
    if (this.#last.length > LAST_LINES) this.#last.shift()
    this.#bytes += Buffer.byteLength(line) + 1
    this.#file.write(`${line}\n`)
    if (this.#bytes > LARGEST_BYTES) this.#beginAnew()
    for (const listener of this.#listeners) listener(line)
  }

  /** The lines of another run are no explanation for what happens in this one. */
  forget(): void {
    this.#last.length = 0
  }

  follow(listener: (line: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Also of a file that broke. */
  async close(): Promise<void> {
    if (this.#file.closed) return
    const { promise, resolve } = Promise.withResolvers<void>()
    // It may fail here, too, which its own listener tells: only the end counts.
    this.#file.once('close', resolve)
    this.#file.end()
    return promise
  }

  #beginAnew(): void {
    this.#file.end()
    try {
      renameSync(this.#path, `${this.#path}.1`)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error // Somebody removed it: that is room, too.
    }
    this.#bytes = 0
    this.#file = this.#open()
  }

  #open(): WriteStream {
    const file = createWriteStream(this.#path, { flags: 'w', mode: 0o600 })
    // A full disk must not end the VM: what it says is then only in memory.
    file.on('error', (error) => process.stderr.write(`${this.#path}: ${error.message}\n`))
    return file
  }
}
