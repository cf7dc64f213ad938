import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { OpenSegment } from './log-source.ts'

const CHUNK_BYTES = 256 * 1024

/** The next bytes of a plain file; none at its end. */
export async function readChunk(file: FileHandle, position: number, most = CHUNK_BYTES): Promise<Buffer> {
  const length = Math.min(most, CHUNK_BYTES)
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

/** A segment that does not grow, from `offset` to its end. */
export async function* readComplete({ file, isCompressed }: OpenSegment, offset: number): AsyncGenerator<Buffer> {
  if (isCompressed) yield* readCompressed(file, offset)
  else yield* readUpTo(file, offset, Number.POSITIVE_INFINITY)
}

/** From `offset` to `end`, or the file's end before. */
export async function* readUpTo(file: FileHandle, offset: number, end: number): AsyncGenerator<Buffer> {
  for (let position = offset; position < end; ) {
    const chunk = await readChunk(file, position, end - position)
    if (chunk.length === 0) return
    position += chunk.length
    yield chunk
  }
}

/** @param offset in what was compressed */
export async function* readCompressed(file: FileHandle, offset: number): AsyncGenerator<Buffer> {
  const compressed = Readable.from(readUpTo(file, 0, Number.POSITIVE_INFINITY))
  const plain = compressed.pipe(createGunzip())
  compressed.on('error', (error) => plain.destroy(error))
  try {
    let skipped = 0
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      const rest = chunk.subarray(Math.min(chunk.length, offset - skipped))
      skipped += chunk.length - rest.length
      if (rest.length > 0) yield rest
    }
  } finally {
    compressed.destroy()
  }
}
