import type { LogSource } from '../api/log-frames.ts'
import { parseAnsi, type Segment } from './ansi.ts'

export interface LogLine {
  /** RFC 3339 with nanoseconds, as the engine wrote it; empty when the line has none. */
  readonly time: string
  readonly source: LogSource
  readonly segments: readonly Segment[]
  /** Whose it is, among those of several; undefined where there is one. */
  readonly origin?: string
}

/** A line as it came: a million of these are kept, and read when they are drawn. */
export interface RawLine {
  readonly source: LogSource
  readonly text: string
}

/** A single line longer than this is cut: a program may write megabytes without an end of line. */
export const MAX_LINE_LENGTH = 20_000

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?/

export function parseLine({ source, text: whole }: RawLine): LogLine {
  const text = whole.slice(0, MAX_LINE_LENGTH)
  const time = TIME.exec(text)
  return { time: time?.[1] ?? '', source, segments: parseAnsi(time ? text.slice(time[0].length) : text) }
}

/** When it was written; empty for a line without a time. */
export function timeOf({ text }: RawLine): string {
  return TIME.exec(text)?.[1] ?? ''
}

/** As it is searched: what one sees of it, without its time and colours. */
export function plainText(line: RawLine): string {
  const { text } = line
  if (/[\x1b\r]/.test(text)) return textOf(parseLine(line))
  return text.slice(TIME.exec(text)?.[0].length ?? 0)
}

export function textOf({ segments }: LogLine): string {
  return segments.map(({ text }) => text).join('')
}

/** `2026-08-01T10:31:02.114203511Z` → the clock of this machine with milliseconds, `12:31:02.114`. */
export function clockTime(time: string): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return ''
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`
}
