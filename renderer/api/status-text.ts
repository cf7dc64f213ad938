import type { Health } from './types.ts'

const SECOND = 1000
const UNITS: Readonly<Record<string, number>> = {
  second: SECOND,
  minute: 60 * SECOND,
  hour: 3600 * SECOND,
  day: 86_400 * SECOND,
  week: 7 * 86_400 * SECOND,
  month: 30 * 86_400 * SECOND,
  year: 365 * 86_400 * SECOND,
}

export interface StatusFacts {
  readonly sinceMs: number | undefined
  readonly exitCode: number | undefined
  readonly health: Health
}

/**
 * Reads docker's status column (`Up 2 hours (healthy)`, `Exited (137) 3 minutes ago`): the list carries the age, the exit
 * code and the health of a container nowhere else.
 */
export function parseStatus(status: string, nowMs: number): StatusFacts {
  const exit = /^(?:Exited|Restarting) \((-?\d+)\)/.exec(status)?.[1]
  const age = durationMs(status)
  const health = /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(status)?.[1]
  return {
    sinceMs: age === undefined ? undefined : nowMs - age,
    exitCode: exit === undefined ? undefined : Number(exit),
    health: health === 'starting' || health === 'healthy' || health === 'unhealthy' ? health : 'none',
  }
}

function durationMs(text: string): number | undefined {
  if (text.includes('Less than a second')) return 0
  const about = /About an? (minute|hour)/.exec(text)?.[1]
  if (about !== undefined) return UNITS[about]
  const found = /(\d+) (second|minute|hour|day|week|month|year)s?\b/.exec(text)
  return found ? Number(found[1]) * (UNITS[found[2] ?? ''] ?? 0) : undefined
}
