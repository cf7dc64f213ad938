import type { Header } from './event.ts'
import { mediaTypeOf } from './event.ts'

/** Output of one of a container's streams. */
export interface StreamPiece {
  readonly stream: 'stdin' | 'stdout' | 'stderr' | 'error'
  readonly data: Buffer
}

const STREAMS = ['stdin', 'stdout', 'stderr', 'error'] as const
const HEADER_BYTES = 8

/**
 * Takes docker's frames apart, however they were cut on their way.
 * @see Engine API 1.51 ContainerAttach, "Stream format"
 */
export class FrameDecoder {
  #pending: Buffer = Buffer.alloc(0)

  /** Whether bytes begin as frames do: the type says `raw-stream` for them too, before API 1.42. */
  static suits(headers: readonly Header[], first: Buffer): boolean {
    if (mediaTypeOf(headers) === 'application/vnd.docker.multiplexed-stream') return true
    return (
      mediaTypeOf(headers) === 'application/vnd.docker.raw-stream' &&
      first.length >= HEADER_BYTES &&
      (first[0] ?? 9) < STREAMS.length &&
      first.readUIntBE(1, 3) === 0
    )
  }

  push(data: Buffer): StreamPiece[] {
    this.#pending = Buffer.concat([this.#pending, data])
    const pieces: StreamPiece[] = []
    while (this.#pending.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + this.#pending.readUInt32BE(4)
      if (this.#pending.length < end) break
      pieces.push({ stream: STREAMS[this.#pending[0] ?? 0] ?? 'stdout', data: this.#pending.subarray(HEADER_BYTES, end) })
      this.#pending = this.#pending.subarray(end)
    }
    return pieces
  }
}
