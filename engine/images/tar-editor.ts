import { Transform, type TransformCallback } from 'node:stream'
import { BLOCK_BYTES, hasValidChecksum, malformedTar, numberAt, paddingOf, readEntry, readPax, type TarEntry, textAt } from './tar-entry.ts'

/** What becomes of an entry: blocks in its place, its content or not, and entries after it. */
export interface TarEdit {
  readonly blocks: Buffer
  readonly hasContent: boolean
  readonly after?: Buffer
}

/** No honest name, link or attribute is longer; it is held in memory. */
const MAX_EXTENSION_BYTES = 1024 * 1024

type Phase = 'header' | 'extension' | 'sparse' | 'end'

/**
 * Changes a tar stream on its way, entry by entry. What is not changed goes through byte by byte, whatever dialect it
 * is in: names of other encodings, binary attributes, sparse files. Global PAX headers are left out, as docker does.
 * @throws EngineError `invalid` for a malformed or cut off archive, and whatever `edit` throws
 */
export class TarEditor extends Transform {
  readonly #edit: (entry: TarEntry) => TarEdit
  readonly #isEndKept: boolean
  #phase: Phase = 'header'
  #gathered: Buffer[] = []
  #missing = BLOCK_BYTES
  #extension = { type: '', sizeBytes: 0 }
  #blocks: Buffer[] = []
  #header: Buffer = Buffer.alloc(0)
  #records = new Map<string, string>()
  #longName: string | undefined
  #longLink: string | undefined
  #content = { left: 0, isKept: false }
  #after: Buffer | undefined

  /** @param options `isEndLeftOut`: the blocks that end an archive are left out, so that another can follow */
  constructor(edit: (entry: TarEntry) => TarEdit, options: { readonly isEndLeftOut?: boolean } = {}) {
    super()
    this.#edit = edit
    this.#isEndKept = !options.isEndLeftOut
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      for (let at = 0; at < chunk.length; ) at += this.#take(chunk, at)
      done()
    } catch (error) {
      done(error as Error)
    }
  }

  override _flush(done: TransformCallback): void {
    const isComplete = this.#content.left === 0 && this.#gathered.length === 0 && this.#blocks.length === 0
    done(isComplete ? null : malformedTar())
  }

  /** @returns how many bytes of the chunk were used */
  #take(chunk: Buffer, at: number): number {
    const rest = chunk.length - at
    if (this.#phase === 'end') {
      if (this.#isEndKept) this.push(chunk.subarray(at))
      return rest
    }
    if (this.#content.left > 0) {
      const part = Math.min(this.#content.left, rest)
      if (this.#content.isKept) this.push(chunk.subarray(at, at + part))
      this.#content.left -= part
      this.#endContent()
      return part
    }
    const part = Math.min(this.#missing, rest)
    this.#gathered.push(chunk.subarray(at, at + part))
    this.#missing -= part
    if (this.#missing === 0) {
      // Copied: a slice would keep the whole chunk alive for as long as somebody remembers the entry.
      const bytes = Buffer.concat(this.#gathered)
      this.#gathered = []
      this.#missing = BLOCK_BYTES
      this.#read(bytes)
    }
    return part
  }

  #read(bytes: Buffer): void {
    switch (this.#phase) {
      case 'header':
        return this.#readHeader(bytes)
      case 'extension':
        return this.#readExtension(bytes)
      case 'sparse':
        this.#blocks.push(bytes)
        if (bytes[504] === 0) this.#finishHeader()
        return
      case 'end':
        return
    }
  }

  #readHeader(block: Buffer): void {
    if (block.every((byte) => byte === 0)) {
      if (this.#blocks.length > 0) throw malformedTar()
      this.#phase = 'end'
      if (this.#isEndKept) this.push(block)
      return
    }
    if (!hasValidChecksum(block)) throw malformedTar()
    const type = String.fromCharCode(block[156] ?? 0)
    if (type !== 'g') this.#blocks.push(block)
    if ('xgLK'.includes(type)) {
      const sizeBytes = numberAt(block, 124, 12)
      if (sizeBytes === 0 || sizeBytes > MAX_EXTENSION_BYTES) throw malformedTar()
      this.#extension = { type, sizeBytes }
      this.#phase = 'extension'
      this.#missing = sizeBytes + paddingOf(sizeBytes)
      return
    }
    this.#header = block
    if (type === 'S' && block[482] !== 0) this.#phase = 'sparse'
    else this.#finishHeader()
  }

  #readExtension(bytes: Buffer): void {
    const { type, sizeBytes } = this.#extension
    this.#phase = 'header'
    if (type === 'g') return
    this.#blocks.push(bytes)
    if (type === 'x') this.#records = new Map([...this.#records, ...readPax(bytes.subarray(0, sizeBytes))])
    else if (type === 'L') this.#longName = textAt(bytes, 0, sizeBytes)
    else this.#longLink = textAt(bytes, 0, sizeBytes)
  }

  #finishHeader(): void {
    const blocks = this.#blocks.length === 1 ? this.#header : Buffer.concat(this.#blocks)
    const entry = readEntry(this.#header, blocks, { records: this.#records, longName: this.#longName, longLink: this.#longLink })
    this.#phase = 'header'
    this.#blocks = []
    this.#records = new Map()
    this.#longName = undefined
    this.#longLink = undefined
    const edit = this.#edit(entry)
    if (edit.blocks.length > 0) this.push(edit.blocks)
    this.#content = { left: entry.sizeBytes + paddingOf(entry.sizeBytes), isKept: edit.hasContent }
    this.#after = edit.after
    this.#endContent()
  }

  #endContent(): void {
    if (this.#content.left > 0 || !this.#after) return
    this.push(this.#after)
    this.#after = undefined
  }
}
