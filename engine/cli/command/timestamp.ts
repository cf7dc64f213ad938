import { parseTime } from '../../api/times.ts'
import { messageOf } from '../../errors.ts'
import { parseDuration } from '../../json/duration.ts'

/**
 * A moment as the API takes it, seconds and nanoseconds since 1970, from what a person types: the same, RFC 3339, a date
 * of this machine's zone, or how long ago.
 * @throws Error with docker's words
 */
export function timestamp(flag: string, text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  try {
    const ago = parseDuration(text)
    // Sic: how long ago is told to the second.
    if (ago !== undefined) return String((BigInt(Date.now()) * 1_000_000n - ago) / 1_000_000_000n)
    // A bare date is midnight here, not in Greenwich.
    const nanos = parseTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00` : text)
    return `${nanos / 1_000_000_000n}.${String(nanos % 1_000_000_000n).padStart(9, '0')}`
  } catch (error) {
    throw new Error(`invalid value for ${JSON.stringify(flag)}: ${messageOf(error)}`)
  }
}
