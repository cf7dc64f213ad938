import { setClock } from '../linux/clock.ts'
import type { Log } from '../log.ts'

/** What comes over a busy line late looks like a clock that is wrong. Milliseconds. */
const TOLERANCE_MS = 250

/**
 * Puts our machine's clock right by that of the computer around it, which slept, or was put right itself. A small difference
 * stays: containers had rather a clock that does not jump.
 * @param now of the outer clock, milliseconds since 1970
 */
export async function followClock(now: number, log: Log): Promise<void> {
  const behindMs = now - Date.now()
  if (Math.abs(behindMs) < TOLERANCE_MS) return
  await setClock(now)
  log.info('the clock was put right', { behindMs: Math.round(behindMs) })
}
