import { newlines, parseRecord, WholeLines } from './log-record.ts'
import type { OpenSegment } from './log-source.ts'
import { readCompressed } from './segment-reader.ts'

const CHUNK_BYTES = 256 * 1024
const NEWLINE = 0x0a
/** More than the time, stream and flag at the beginning of a record need. */
const HEADER_BYTES = 64

/** Where to begin reading: a segment, by its place in the list, and a byte in it (of what was compressed, if it is). */
export interface Place {
  readonly index: number
  readonly offset: number
}

/**
 * Where the last `lines` lines begin, found from the end. A line is what the process ended with a newline, in however
 * many records; what it wrote last counts as a line without one.
 * @param end of the last segment: what is written after it does not count; undefined when that one is compressed
 */
export async function tailPlace(segments: readonly OpenSegment[], lines: number, end: number | undefined): Promise<Place> {
  const search: Search = { lines, seen: 0, isAtEnd: true }
  const isLast = (index: number) => index === segments.length - 1
  for (let index = segments.length - 1; index >= 0; index--) {
    const segment = segments[index]
    const offset = segment && (await (segment.isCompressed ? searchCompressed(segment, search) : searchPlain(segment, search, isLast(index) ? end : undefined)))
    if (offset !== undefined) return { index, offset }
  }
  return { index: 0, offset: 0 }
}

interface Search {
  readonly lines: number
  /** Ends of lines, so far. */
  seen: number
  /** Nothing was found yet: the very last record ends a line, even if the process did not. */
  isAtEnd: boolean
}

/** Counts the end of a line. @returns whether the wanted lines begin after it */
function isBefore(search: Search, isComplete: boolean): boolean {
  if (!isComplete && !search.isAtEnd) return false
  search.isAtEnd = false
  search.seen += 1
  return search.seen > search.lines
}

async function searchPlain({ file }: OpenSegment, search: Search, knownSize: number | undefined): Promise<number | undefined> {
  const size = knownSize ?? (await file.stat()).size
  let recordEnd: number | undefined
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - CHUNK_BYTES)
    const chunk = Buffer.allocUnsafe(Math.min(size, end + HEADER_BYTES) - start)
    await file.read(chunk, 0, chunk.length, start)
    for (let at = end - start; at >= 0; ) {
      at = at === 0 ? -1 : chunk.lastIndexOf(NEWLINE, at - 1)
      if (at < 0 && start > 0) break
      if (recordEnd !== undefined && isBefore(search, endsLine(chunk.subarray(at + 1, at + 1 + HEADER_BYTES)))) return recordEnd + 1
      recordEnd = start + at
    }
    end = start
  }
  return undefined
}

/** What is compressed can only be read forwards: once to count, and once more when the place is inside. */
async function searchCompressed(segment: OpenSegment, search: Search): Promise<number | undefined> {
  let ends = 0
  let last: boolean | undefined
  for await (const { isComplete } of recordEnds(segment)) {
    ends += isComplete ? 1 : 0
    last = isComplete
  }
  if (last === undefined) return undefined
  const counted = ends + (search.isAtEnd && !last ? 1 : 0)
  search.isAtEnd = false
  if (search.seen + counted <= search.lines) {
    search.seen += counted
    return undefined
  }
  let skipped = counted - (search.lines - search.seen)
  for await (const { isComplete, end } of recordEnds(segment)) {
    if (isComplete) skipped -= 1
    if (skipped === 0) return end
  }
  return undefined
}

async function* recordEnds(segment: OpenSegment): AsyncGenerator<{ isComplete: boolean; end: number }> {
  const whole = new WholeLines()
  let before = 0
  for await (const chunk of readCompressed(segment.file, 0)) {
    const lines = whole.push(chunk)
    let start = 0
    for (const end of newlines(lines)) {
      yield { isComplete: endsLine(lines.subarray(start, Math.min(end, start + HEADER_BYTES))), end: before + end + 1 }
      start = end + 1
    }
    before += lines.length
  }
}

function endsLine(header: Buffer): boolean {
  return parseRecord(header)?.isComplete ?? true
}
