import { say } from './say.ts'

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** Bytes in docker's decimal units with three digits: `4.27 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  return `${value.toFixed(digits)} ${BYTE_UNITS[unit]}`
}

const STEPS = [
  [365 * 86_400_000, '{count} y'],
  [30 * 86_400_000, '{count} mo'],
  [86_400_000, '{count} d'],
  [3_600_000, '{count} h'],
  [60_000, '{count} min'],
] as const

/** A span of time in its largest whole unit: `3 h`; under a minute that. */
export function formatSpan(ms: number): string {
  const step = STEPS.find(([size]) => ms >= size)
  return step ? say(step[1], { count: Math.floor(ms / step[0]) }) : say('< 1 min')
}

/** How long ago: `3 h ago`, `just now`. */
export function formatAgo(ms: number): string {
  return ms < 60_000 ? say('just now') : say('{span} ago', { span: formatSpan(ms) })
}

/** A text in which every full id is cut to what docker shows of it. */
export function shortenIds(text: string): string {
  return text.replace(/(?:sha256:)?[0-9a-f]{64}/g, shortId)
}

/** The twelve digits by which docker shows an id. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12)
}
