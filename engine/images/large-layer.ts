import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { filePieces } from '../linux/file-pieces.ts'
import { BARE_NAMES, packTar } from '../linux/tar.ts'
import { entryFromOverlay } from './layer-tar.ts'
import { BLOCK_BYTES, paddingOf, TarType } from './tar-entry.ts'
import { readTar } from './tar-reader.ts'

/** Below it, the way through tar(1) is no longer than the one around it. */
const LARGE_BYTES = 1024 * 1024

/** tar(1) fills its last record. @see tar(1), --blocking-factor */
const RECORD_BYTES = 20 * BLOCK_BYTES

/** The one large file that is all there is in a layer, as a COPY makes it. */
export interface LargeFile {
  readonly path: string
  readonly sizeBytes: number
}

/** The only thing in a folder, or in the only folder in it, if that is a large file. */
export async function largeFileIn(folder: string): Promise<LargeFile | undefined> {
  const [name, ...more] = await readdir(folder)
  if (name === undefined || more.length > 0) return undefined
  const path = join(folder, name)
  const stat = await lstat(path)
  if (stat.isDirectory()) return largeFileIn(path)
  return stat.isFile() && stat.size >= LARGE_BYTES ? { path, sizeBytes: stat.size } : undefined
}

/**
 * The layer's tar of an upper directory that holds nothing but a large file. It is what tar(1) writes, byte by byte, but tar
 * is asked only for what comes before the file's content: that is read where it lies, in place of coming through a pipe,
 * ten kilobytes at a time.
 * @param upperDir nobody changes it meanwhile
 * @returns pieces, each of which is the reader's only until it asks for the next one
 * @throws ToolError with tar's words
 */
export async function* largeLayer(upperDir: string, { path, sizeBytes }: LargeFile): AsyncGenerator<Buffer> {
  const edit = entryFromOverlay(() => undefined)
  let packedBytes = 0
  const { stream, done } = packTar(upperDir, ['.'], [BARE_NAMES])
  done.catch(() => undefined) // It is looked at below, unless it is stopped here.
  let isFound = false
  for await (const { entry } of readTar(stream)) {
    const { blocks, after } = edit(entry)
    yield blocks
    if (after) yield after
    packedBytes += entry.blocks.length + entry.sizeBytes + paddingOf(entry.sizeBytes)
    isFound = entry.type === TarType.file && entry.sizeBytes === sizeBytes
    if (isFound) break // It comes last; tar ends when nobody reads it.
  }
  if (!isFound) {
    await done
    throw new Error(`${path} changed while it was packed`)
  }
  let missing = sizeBytes
  for await (const piece of filePieces(path, sizeBytes)) {
    yield piece
    missing -= piece.length
  }
  if (missing !== 0) throw new Error(`${path} changed while it was packed`)
  const endBytes = 2 * BLOCK_BYTES
  const restBytes = (RECORD_BYTES - ((packedBytes + endBytes) % RECORD_BYTES)) % RECORD_BYTES
  yield Buffer.alloc(paddingOf(sizeBytes) + endBytes + restBytes)
}
