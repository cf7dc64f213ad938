import type { StdStream } from '../../linux/attach-socket.ts'

/** One line of conmon's `k8s-file` log: `<time> stdout|stderr F|P <text>`; `P` lines continue in the next record. */
export interface LogRecord {
  /** As written by conmon, with a zone offset. */
  readonly time: string
  readonly stream: StdStream
  /** The text ends here with a newline; otherwise the process wrote more of the same line. */
  readonly isComplete: boolean
  readonly text: Buffer
}

const SPACE = 0x20
const NEWLINE = 0x0a
const LETTER_F = 0x46

/** Parses the record in `line`, which has no newline; undefined for what conmon did not write whole. */
export function parseRecord(line: Buffer): LogRecord | undefined {
  const timeEnd = line.indexOf(SPACE)
  const streamEnd = line.indexOf(SPACE, timeEnd + 1)
  if (timeEnd < 0 || streamEnd < 0 || line[streamEnd + 2] !== SPACE) return undefined
  const isStdout = streamEnd - timeEnd === 7 && line[timeEnd + 4] === 0x6f // std*o*ut
  return {
    time: line.toString('latin1', 0, timeEnd),
    stream: isStdout ? 'stdout' : 'stderr',
    isComplete: line[streamEnd + 1] === LETTER_F,
    text: line.subarray(streamEnd + 3),
  }
}

/** Cuts a stream of chunks into lines without their newline. What is left at the end is not a whole record. */
export class LineCutter {
  #rest: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): Buffer[] {
    const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    const lines: Buffer[] = []
    let start = 0
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
      lines.push(data.subarray(start, end))
      start = end + 1
    }
    this.#rest = Buffer.from(data.subarray(start))
    return lines
  }
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
