import type { StdStream } from '../../linux/attach-socket.ts'

/** A line of conmon's `k8s-file` log, `<time> stdout|stderr F|P <text>`, as places in the bytes it stands in. `P` lines continue in the next record. */
export interface LogRecord {
  readonly stream: StdStream
  /** The text ends here with a newline; otherwise the process wrote more of the same line. */
  readonly isComplete: boolean
  /** The time, as written by conmon with a zone offset, begins the line and ends here. */
  readonly timeEnd: number
  /** The text goes from here to the end of the line. */
  readonly textStart: number
}

const SPACE = 0x20
const NEWLINE = 0x0a
const LETTER_F = 0x46

/** Parses the record in `data` from `start` to its newline at `end`; undefined for what conmon did not write whole. */
export function parseRecord(data: Buffer, start = 0, end = data.length): LogRecord | undefined {
  const timeEnd = indexOfSpace(data, start, end)
  const streamEnd = indexOfSpace(data, timeEnd + 1, end)
  if (timeEnd === end || streamEnd + 2 >= end || data[streamEnd + 2] !== SPACE) return undefined
  const isStdout = streamEnd - timeEnd === 7 && data[timeEnd + 4] === 0x6f // std*o*ut
  return { stream: isStdout ? 'stdout' : 'stderr', isComplete: data[streamEnd + 1] === LETTER_F, timeEnd, textStart: streamEnd + 3 }
}

/** A loop over a few bytes is quicker than a call of `indexOf`, and this one is made twice a line. */
function indexOfSpace(data: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && data[at] !== SPACE) at++
  return at
}

/** Makes whole lines of a stream of chunks. What is left at the end is not a whole record. */
export class WholeLines {
  #rest: Buffer = Buffer.alloc(0)

  /** Everything up to the last newline there is by now; it may be the chunk itself, not a copy. */
  push(chunk: Buffer): Buffer {
    const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    const end = data.lastIndexOf(NEWLINE) + 1
    this.#rest = Buffer.from(data.subarray(end))
    return data.subarray(0, end)
  }
}

/** The places of the newlines in `lines`, which end with one. */
export function* newlines(lines: Buffer): Generator<number> {
  for (let end = lines.indexOf(NEWLINE); end >= 0; end = lines.indexOf(NEWLINE, end + 1)) yield end
}

/** Docker's form: UTC, nine digits, `Z`. */
export function dockerTime(time: string): string {
  if (time.endsWith('+00:00')) return `${time.slice(0, -6)}Z`
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? ''
  return `${new Date(time).toISOString().slice(0, 19)}.${fraction.padEnd(9, '0')}Z`
}

/** Nanoseconds since 1970. */
export function timeNano(time: string): bigint {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '0'
  const seconds = Math.floor(new Date(time).getTime() / 1000)
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9))
}
