import { type FSWatcher, watch } from 'node:fs'
import { hasCode } from '../../errors.ts'
import type { LogSource, OpenSegment } from './log-source.ts'
import { tailPlace } from './log-tail.ts'
import { readChunk, readComplete, readUpTo } from './segment-reader.ts'

export interface ReadOptions {
  /** Lines from the end to begin with; undefined for all. */
  readonly tail: number | undefined
  readonly follow: boolean
  /** Resolves when nothing more will be written. */
  readonly untilEnded: Promise<void>
  readonly signal: AbortSignal
}

/**
 * The bytes of a log from the wanted place on, and, when following, as they are written, until the writer has
 * ended or the reader leaves. A log that does not exist (yet) is
 * empty. A follower that is so slow that a segment is removed before it got there goes on with the next
 * one that exists.
 */
export async function* readLog(source: LogSource, options: ReadOptions): AsyncGenerator<Buffer> {
  const segments = await source.open()
  try {
    const last = segments.at(-1)
    const end = await presentEnd(last)
    const { index, offset } = options.tail === undefined ? { index: 0, offset: 0 } : await tailPlace(segments, options.tail, end)
    let position = offset
    for (const segment of segments.slice(index, -1)) {
      for await (const chunk of readComplete(segment, position)) yield chunk
      if (options.signal.aborted) return
      position = 0
    }
    if (!last) return
    if (options.follow) yield* followFrom(source, last, position, options)
    else if (end === undefined) yield* readComplete(last, position)
    else yield* readUpTo(last.file, position, end)
  } finally {
    for (const { file } of segments) await file.close()
  }
}

/** What is written from now on is not among the last lines. Undefined for what is complete, and grows no more. */
async function presentEnd(segment: OpenSegment | undefined): Promise<number | undefined> {
  return segment === undefined || segment.isCompressed ? undefined : (await segment.file.stat()).size
}

/** @param first closed by the caller */
async function* followFrom(source: LogSource, first: OpenSegment, offset: number, { untilEnded, signal }: ReadOptions): AsyncGenerator<Buffer> {
  const wake = new Wakening()
  using _rotations = disposable(source.onRotation(() => wake.ring()))
  const abort = () => wake.ring()
  signal.addEventListener('abort', abort, { once: true })
  using _abort = disposable(() => signal.removeEventListener('abort', abort))
  let hasEnded = false
  void untilEnded.then(() => {
    hasEnded = true
    wake.ring()
  })
  for (let segment: OpenSegment | undefined = first, position = offset; segment && !signal.aborted; position = 0) {
    const { number, file, isCompressed, path }: OpenSegment = segment
    await using _own = segment === first ? undefined : file
    using _watcher = disposable(watchFile(path, () => wake.ring()))
    if (isCompressed) yield* readComplete(segment, position)
    while (!isCompressed && !signal.aborted) {
      // Read the flags before the file: what was written before the end is then read for certain.
      const isLastRound = hasEnded
      const isComplete = !source.isCurrent(number)
      const chunk = await readChunk(file, position)
      position += chunk.length
      if (chunk.length > 0) yield chunk
      else if (isComplete) break
      else if (isLastRound) break
      else await wake.wait()
    }
    segment = await source.openAfter(number)
  }
}

/** What is gone already does not change any more. */
function watchFile(path: string, listener: () => void): () => void {
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(path, listener)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
  return () => watcher?.close()
}

function disposable(dispose: () => void): Disposable {
  return { [Symbol.dispose]: dispose }
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
