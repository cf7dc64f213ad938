import { createHash, type Hash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { codeOf } from '../../../errors.ts'

/** A hole is a piece of zeroes, of this length and at a multiple of it: the clusters of a qcow2 file. */
const PIECE_BYTES = 64 * 1024

/** Read at a time; a page of WebAssembly's has 64 kB. */
const PAGES = 16

/** Of JavaScript, but not among its types without a browser's. */
declare const WebAssembly: { readonly Memory: new (pages: { readonly initial: number }) => { readonly buffer: ArrayBuffer } }

const ZEROES = Buffer.alloc(PIECE_BYTES)

export interface CopyContext {
  readonly signal: AbortSignal
  /** Told how far it is. */
  readonly onBytes: (bytes: number) => void
}

/**
 * Copies a file to one that is not there yet, and flushes it. Zeroes become holes.
 * @returns the digest of what was read. @see digestOnDisk
 * @throws what the file system says; the signal's reason
 */
export async function copyDisk(from: string, to: string, context: CopyContext): Promise<string> {
  await using source = await openOnDisk(from)
  await using target = await open(to, 'wx', 0o600)
  const content = new Content()
  for await (const { at, bytes } of chunksOf(source, context)) {
    for (const { start, end } of content.take(at, bytes)) await writeAll(target, bytes.subarray(start, end), at + start)
  }
  await target.truncate(content.length)
  await target.sync()
  return content.digest()
}

/**
 * The digest of a file's content, read from the disk it is on and not from what the kernel remembers of it, where the
 * file system can. Holes and zeroes are the same.
 */
export async function digestOnDisk(path: string, context: CopyContext): Promise<string> {
  await using file = await openOnDisk(path)
  const content = new Content()
  for await (const { at, bytes } of chunksOf(file, context)) content.take(at, bytes)
  return content.digest()
}

/**
 * For reading past the page cache where that can be: what comes then was on the disk, and the cache stays what others
 * have use for. Holes are read ten times as fast, too. @see open(2), O_DIRECT; not on macOS and Windows
 */
async function openOnDisk(path: string): Promise<FileHandle> {
  await using undo = new AsyncDisposableStack()
  try {
    const file = undo.use(await open(path, constants.O_RDONLY | (constants.O_DIRECT ?? 0)))
    await file.read(pages(1), 0, undefined, 0)
    undo.move()
    return file
  } catch (error) {
    if (codeOf(error) !== 'EINVAL') throw error
    return open(path, constants.O_RDONLY)
  }
}

/** Memory at the beginning of a page, as such reads want it. */
function pages(count: number): Buffer {
  return Buffer.from(new WebAssembly.Memory({ initial: count }).buffer)
}

/** What a sparse file holds: its length, and each piece that is not all zeroes. */
class Content {
  readonly #hash: Hash = createHash('sha256')
  #length = 0

  get length(): number {
    return this.#length
  }

  /** @returns where in the chunk there is something, in pieces that touch taken together */
  take(at: number, bytes: Buffer): readonly { readonly start: number; readonly end: number }[] {
    const runs: { start: number; end: number }[] = []
    for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
      const piece = bytes.subarray(start, start + PIECE_BYTES)
      if (piece.equals(ZEROES.subarray(0, piece.length))) continue
      this.#hash.update(`${at + start}\n`).update(piece)
      const last = runs.at(-1)
      if (last?.end === start) last.end += piece.length
      else runs.push({ start, end: start + piece.length })
    }
    this.#length = at + bytes.length
    return runs
  }

  digest(): string {
    return this.#hash.update(`${this.#length}`).digest('hex')
  }
}

/** Each is full but the last, so that the next begins at a whole block. The buffer is one, and used again. */
async function* chunksOf(file: FileHandle, { signal, onBytes }: CopyContext): AsyncGenerator<{ readonly at: number; readonly bytes: Buffer }> {
  const buffer = pages(PAGES)
  const { size } = await file.stat()
  for (let at = 0; at < size; at += buffer.length) {
    signal.throwIfAborted()
    const bytes = buffer.subarray(0, size - at)
    // What is asked for is always whole blocks: there is less of the last one.
    for (let filled = 0; filled < bytes.length; ) {
      const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, at + filled)
      if (bytesRead === 0) throw new Error('it became shorter while it was read')
      filled += bytesRead
    }
    yield { at, bytes }
    onBytes(at + bytes.length)
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, at + written)
    written += bytesWritten
  }
}
