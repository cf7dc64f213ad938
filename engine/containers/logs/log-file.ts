import { watch } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { hasCode } from '../../errors.ts'
import { parseRecord } from './log-record.ts'

const CHUNK_BYTES = 256 * 1024
const NEWLINE = 0x0a

export interface FollowOptions {
  /** Lines from the end to begin with; undefined for all. */
  readonly tail: number | undefined
  /** Where to begin instead, in bytes: to go on where an earlier read ended. */
  readonly offset?: number
  readonly follow: boolean
  /** Resolves when nothing more will be written. */
  readonly untilEnded: Promise<void>
  readonly signal: AbortSignal
}

/**
 * The bytes of a log file from the wanted place on, and, when following, as they are written, until the writer has
 * ended or the reader leaves. An empty piece marks, once, where the reader has caught up with the writer. A file that does
 * not exist (yet) is empty.
 */
export async function* readLogFile(path: string, options: FollowOptions): AsyncGenerator<Buffer> {
  const file = await openOrUndefined(path)
  if (!file) return
  const wake = new Wakening()
  const watcher = options.follow ? watch(path, () => wake.ring()) : undefined
  const abort = () => wake.ring()
  options.signal.addEventListener('abort', abort, { once: true })
  let hasEnded = !options.follow
  void options.untilEnded.then(() => {
    hasEnded = true
    wake.ring()
  })
  let hasCaughtUp = false
  try {
    let position = options.offset ?? (options.tail === undefined ? 0 : await tailOffset(file, options.tail))
    while (!options.signal.aborted) {
      // Read the flag before the file: what was written before the end is then read for certain.
      const isLastRound = hasEnded
      const chunk = await readChunk(file, position)
      if (chunk.length > 0 || !hasCaughtUp) {
        hasCaughtUp ||= chunk.length === 0
        position += chunk.length
        yield chunk
      } else if (isLastRound) return
      else await wake.wait()
    }
  } finally {
    options.signal.removeEventListener('abort', abort)
    watcher?.close()
    await file.close()
  }
}

async function openOrUndefined(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

async function readChunk(file: FileHandle, position: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, position)
  return buffer.subarray(0, bytesRead)
}

/** More than the time, stream and flag at the beginning of a record need. */
const HEADER_BYTES = 64

/**
 * Where the last `lines` lines begin, found from the end. A line is what the process ended with a newline, in however
 * many records; what it wrote last counts as a line without one.
 */
async function tailOffset(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat()
  let seen = 0
  let recordEnd: number | undefined
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - CHUNK_BYTES)
    const chunk = Buffer.allocUnsafe(Math.min(size, end + HEADER_BYTES) - start)
    await file.read(chunk, 0, chunk.length, start)
    for (let at = end - start; at >= 0; ) {
      at = at === 0 ? -1 : chunk.lastIndexOf(NEWLINE, at - 1)
      if (at < 0 && start > 0) break
      const isLineEnd = recordEnd !== undefined && (seen === 0 || endsLine(chunk.subarray(at + 1, at + 1 + HEADER_BYTES)))
      if (isLineEnd) seen += 1
      if (isLineEnd && seen > lines) return (recordEnd ?? size) + 1
      recordEnd = start + at
    }
    end = start
  }
  return 0
}

function endsLine(header: Buffer): boolean {
  return parseRecord(header)?.isComplete ?? true
}

/** Remembers one ring, so that a change between reading and waiting is not lost. */
class Wakening {
  #waiting: (() => void) | undefined
  #hasRung = false

  ring(): void {
    this.#hasRung = true
    this.#waiting?.()
  }

  async wait(): Promise<void> {
    if (!this.#hasRung) await new Promise<void>((resolve) => (this.#waiting = resolve))
    this.#hasRung = false
    this.#waiting = undefined
  }
}
