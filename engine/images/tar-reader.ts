import { EngineError } from '../errors.ts'
import { BLOCK_BYTES, hasValidChecksum, malformedTar, numberAt, paddingOf, readEntry, readPax, type TarEntry, textAt } from './tar-entry.ts'

/** An entry with what follows it; `content` must be read, if at all, before the next entry is asked for. */
export interface TarMember {
  readonly entry: TarEntry
  /** Extension headers of an old GNU sparse file, which stand between header and content. */
  readonly sparseBlocks: Buffer
  content(): AsyncIterable<Buffer>
}

/** No honest name, link or attribute is longer; it is held in memory. */
const MAX_EXTENSION_BYTES = 1024 * 1024

/**
 * Reads an archive entry by entry, at the pace of whoever asks. Global PAX headers are left out, as docker does. What
 * follows the end of the archive is read and thrown away.
 * @throws EngineError `invalid` for a malformed or cut off archive
 * @see tar(5)
 */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarMember> {
  const bytes = new ByteReader(source)
  try {
    yield* members(bytes)
  } finally {
    await bytes.close()
  }
}

async function* members(bytes: ByteReader): AsyncGenerator<TarMember> {
  let extensions = new Extensions()
  for (;;) {
    const block = await bytes.take(BLOCK_BYTES)
    if (!block || block.every((byte) => byte === 0)) {
      if (!extensions.isEmpty) throw cutOff()
      return bytes.drain()
    }
    if (!hasValidChecksum(block)) throw malformedTar()
    const type = String.fromCharCode(block[156] ?? 0)
    if ('xgLK'.includes(type)) {
      extensions.add(type, block, await extensionOf(bytes, block))
      continue
    }
    const entry = readEntry(block, Buffer.concat([...extensions.blocks, block]), extensions)
    extensions = new Extensions()
    const sparseBlocks = type === 'S' && block[482] !== 0 ? await sparseExtension(bytes) : Buffer.alloc(0)
    let left = entry.sizeBytes
    const padding = paddingOf(entry.sizeBytes)
    async function* content(): AsyncGenerator<Buffer> {
      while (left > 0) {
        const piece = await bytes.piece(left)
        left -= piece.length
        yield piece
      }
    }
    yield { entry, sparseBlocks, content }
    await bytes.skip(left)
    left = 0
    await bytes.passOver(padding)
  }
}

/** The headers in front of an entry that say more about it. */
class Extensions {
  readonly blocks: Buffer[] = []
  records = new Map<string, string>()
  longName: string | undefined
  longLink: string | undefined

  get isEmpty(): boolean {
    return this.blocks.length === 0
  }

  add(type: string, header: Buffer, content: Buffer): void {
    if (type === 'g') return
    const sizeBytes = numberAt(header, 124, 12)
    this.blocks.push(header, content)
    if (type === 'x') this.records = new Map([...this.records, ...readPax(content.subarray(0, sizeBytes))])
    else if (type === 'L') this.longName = textAt(content, 0, sizeBytes)
    else this.longLink = textAt(content, 0, sizeBytes)
  }
}

async function extensionOf(bytes: ByteReader, header: Buffer): Promise<Buffer> {
  const sizeBytes = numberAt(header, 124, 12)
  if (sizeBytes === 0 || sizeBytes > MAX_EXTENSION_BYTES) throw malformedTar()
  return required(await bytes.take(sizeBytes + paddingOf(sizeBytes)))
}

async function sparseExtension(bytes: ByteReader): Promise<Buffer> {
  const blocks: Buffer[] = []
  for (;;) {
    const block = required(await bytes.take(BLOCK_BYTES))
    blocks.push(block)
    if (block[504] === 0) return Buffer.concat(blocks)
  }
}

function required(bytes: Buffer | undefined): Buffer {
  if (!bytes) throw cutOff()
  return bytes
}

function cutOff(): EngineError {
  return new EngineError('invalid', 'unexpected EOF')
}

/** Bytes on demand from a stream of chunks. */
class ByteReader {
  readonly #source: AsyncIterator<Buffer>
  #chunk: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Exactly so many bytes, copied; undefined at the end of the stream. @throws EngineError `invalid` when it ends in between */
  async take(length: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = []
    for (let missing = length; missing > 0; ) {
      if (!(await this.#fill())) {
        if (pieces.length === 0) return undefined
        throw cutOff()
      }
      const piece = this.#cut(missing)
      pieces.push(piece)
      missing -= piece.length
    }
    return Buffer.concat(pieces)
  }

  /** Some bytes, at least one, at most so many. @throws EngineError `invalid` at the end of the stream */
  async piece(most: number): Promise<Buffer> {
    if (!(await this.#fill())) throw cutOff()
    return this.#cut(most)
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) left -= (await this.piece(left)).length
  }

  /** What need not be there: the docker CLI leaves away the padding at the end of what it changes on its way. */
  async passOver(length: number): Promise<void> {
    for (let left = length; left > 0 && (await this.#fill()); ) left -= this.#cut(left).length
  }

  async drain(): Promise<void> {
    while (await this.#fill()) this.#chunk = Buffer.alloc(0)
  }

  async close(): Promise<void> {
    await this.#source.return?.()
  }

  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const { value, done } = await this.#source.next()
      if (done) return false
      this.#chunk = value
    }
    return true
  }

  #cut(most: number): Buffer {
    const piece = this.#chunk.subarray(0, most)
    this.#chunk = this.#chunk.subarray(piece.length)
    return piece
  }
}
