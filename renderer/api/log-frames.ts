export type LogSource = 'stdout' | 'stderr'

export interface LogPiece {
  readonly source: LogSource
  readonly bytes: Uint8Array
}

const HEADER_BYTES = 8

/**
 * Takes docker's multiplexed log stream apart: each frame is one byte of source (1 out, 2 err), three of nothing, four of
 * length (big-endian), then the text; frames that come together and have one source are one piece. A container with a terminal has no frames; its bytes are all standard output.
 * @see Engine API 1.51 ContainerAttach, "Stream format"
 */
export async function* logPieces(chunks: AsyncIterable<Uint8Array>, isMultiplexed: boolean): AsyncGenerator<LogPiece> {
  if (!isMultiplexed) {
    for await (const bytes of chunks) yield { source: 'stdout', bytes }
    return
  }
  let pending = new Uint8Array(0)
  for await (const chunk of chunks) {
    pending = joined([pending, chunk])
    let start = 0
    let source: LogSource = 'stdout'
    let frames: Uint8Array[] = []
    while (pending.length - start >= HEADER_BYTES) {
      const length = new DataView(pending.buffer, pending.byteOffset + start + 4).getUint32(0)
      const end = start + HEADER_BYTES + length
      if (end > pending.length) break
      const next = pending[start] === 2 ? 'stderr' : 'stdout'
      if (next !== source && frames.length > 0) {
        yield { source, bytes: joined(frames) }
        frames = []
      }
      source = next
      frames.push(pending.subarray(start + HEADER_BYTES, end))
      start = end
    }
    if (frames.length > 0) yield { source, bytes: joined(frames) }
    pending = pending.slice(start)
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
