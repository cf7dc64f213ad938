import { open } from 'node:fs/promises'

const PIECE_BYTES = 1024 * 1024

/**
 * The bytes of a file, read ahead by one piece. A piece is the reader's only until it asks for the next one: its memory is used again, where a
 * stream would leave a new buffer behind for each, which costs the garbage collector more than the reading.
 * @param sizeBytes as it is now, for how much memory that takes; the file is read to its end, whatever that is by then
 */
export async function* filePieces(path: string, sizeBytes: number): AsyncGenerator<Buffer> {
  if (sizeBytes === 0) return
  const file = await open(path, 'r')
  try {
    // One byte more, so that a file of this size is read at once.
    let [current, spare] = [buffer(sizeBytes + 1), buffer(sizeBytes + 1 - PIECE_BYTES)]
    let reading = file.read(current)
    for (;;) {
      const { bytesRead } = await reading
      if (bytesRead === 0) return
      const piece = current.subarray(0, bytesRead)
      ;[current, spare] = [spare, current]
      reading = file.read(current)
      reading.catch(() => undefined) // It is waited for next, if anybody still wants it.
      yield piece
    }
  } finally {
    await file.close()
  }
}

function buffer(mostBytes: number): Buffer {
  return Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, Math.max(1, mostBytes)))
}
