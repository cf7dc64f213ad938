import type { FileHandle } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import type { ByteRange } from './storage.ts'

/** Two for each download: with more the processor waits less, and many at a time take more memory. */
const CHUNK_BYTES = 512 * 1024

/**
 * Writes a file into a stream through two buffers: one is read while the other is on its way. A read stream makes a new
 * buffer for each piece, which takes as much of the processor again as the bytes themselves.
 * @param file is closed at the end
 * @throws Error when the stream closes before it has all
 */
export async function sendFile(file: FileHandle, range: ByteRange | undefined, target: Writable): Promise<void> {
  const { promise: closed, reject: onClose } = Promise.withResolvers<void>()
  closed.catch(() => undefined) // Of no interest once all is written.
  const close = () => onClose(new Error('the stream was closed before its end'))
  target.once('close', close)
  if (target.destroyed) close()
  try {
    const end = range ? range.last + 1 : (await file.stat()).size
    const buffers = [0, 1].map(() => ({ bytes: Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, end)), written: Promise.resolve() }))
    for (let at = range?.first ?? 0, turn = 0; at < end; turn ^= 1) {
      const buffer = buffers[turn] ?? buffers[0]
      if (!buffer) break
      await Promise.race([buffer.written, closed])
      const { bytesRead } = await file.read(buffer.bytes, 0, Math.min(buffer.bytes.length, end - at), at)
      if (bytesRead === 0) throw new Error('the file ended early')
      at += bytesRead
      buffer.written = write(target, buffer.bytes.subarray(0, bytesRead))
      buffer.written.catch(() => undefined) // Thrown when it is this buffer's turn again, or at the end.
    }
    await Promise.race([Promise.all(buffers.map(({ written }) => written)), closed])
  } finally {
    target.off('close', close)
    await file.close()
  }
}

function write(target: Writable, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => target.write(bytes, (error) => (error ? reject(error) : resolve())))
}
