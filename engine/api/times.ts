import { EngineError } from '../errors.ts'
import { parseDuration } from '../json/duration.ts'

/** Docker's "never". */
export const ZERO_TIME = '0001-01-01T00:00:00Z'

/** RFC 3339 in UTC with the trailing zeros of the fraction dropped, as Go prints times. */
export function goTime(iso: string | undefined): string {
  if (!iso) return ZERO_TIME
  return iso.replace(/\.(\d*?)0*Z$/, (_, fraction: string) => (fraction === '' ? 'Z' : `.${fraction}Z`))
}

export function unixSeconds(iso: string): number {
  return Math.floor(new Date(iso).getTime() / 1000)
}

/**
 * A point in time from a query, in nanoseconds since 1970: Unix seconds with or without a fraction, RFC 3339, or a Go
 * duration before now.
 * @throws EngineError `invalid`
 */
export function parseTime(text: string): bigint {
  const unix = /^(\d+)(?:\.(\d{1,9})\d*)?$/.exec(text)
  if (unix) return BigInt(unix[1] ?? '0') * 1_000_000_000n + BigInt((unix[2] ?? '').padEnd(9, '0'))
  const parsed = Date.parse(text)
  if (/^\d{4}-/.test(text) && !Number.isNaN(parsed)) {
    const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? ''
    return BigInt(Math.floor(parsed / 1000)) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'))
  }
  const duration = parseDuration(text)
  if (duration !== undefined) return BigInt(Date.now()) * 1_000_000n - duration
  throw new EngineError('invalid', `failed to parse value as time or duration: ${JSON.stringify(text)}`)
}

/** Docker's rough durations: `3 seconds`, `About a minute`, `2 weeks`. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  if (seconds < 1) return 'Less than a second'
  if (seconds === 1) return '1 second'
  if (seconds < 60) return `${seconds} seconds`
  const minutes = Math.floor(seconds / 60)
  if (minutes === 1) return 'About a minute'
  if (minutes < 60) return `${minutes} minutes`
  const hours = Math.round(minutes / 60)
  if (hours === 1) return 'About an hour'
  if (hours < 48) return `${hours} hours`
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`
  return `${Math.floor(hours / 24 / 365)} years`
}
