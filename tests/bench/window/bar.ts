import { median } from '../case.ts'

/** One of the window's measured bars, and how it came out; `isMet` is not there where nothing is promised. */
export interface Bar {
  readonly what: string
  readonly measured: string
  readonly target: string
  readonly isMet?: boolean
}

/** A bar that the median of some times has to keep below. */
export function timesBar(what: string, timesMs: readonly number[], mostMs: number): Bar {
  const middle = median(timesMs)
  const measured = `${middle.toFixed(0)} (${Math.min(...timesMs).toFixed(0)}–${Math.max(...timesMs).toFixed(0)}) ms`
  return { what, measured, target: `≤ ${mostMs} ms`, isMet: middle <= mostMs }
}

/** Sixty frames a second, but for one in a hundred. @param framesMs the times between them */
export function framesBar(what: string, framesMs: readonly number[]): Bar {
  const sorted = [...framesMs].sort((a, b) => a - b)
  const at = (share: number) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(1)
  const perSecond = (1000 * framesMs.length) / framesMs.reduce((sum, ms) => sum + ms, 0)
  return { what, measured: `${perSecond.toFixed(1)} a second; ${at(0.5)} / ${at(0.95)} / ${at(0.99)} ms`, target: '≥ 59.4 a second', isMet: perSecond >= 59.4 }
}

export function memoryBar(what: string, mb: number, mostMb?: number): Bar {
  const measured = `${mb.toFixed(0)} MB`
  return mostMb === undefined ? { what, measured, target: '' } : { what, measured, target: `≤ ${mostMb} MB`, isMet: mb <= mostMb }
}

/** @param share of one core, in percent */
export function shareBar(what: string, share: number, most?: number): Bar {
  const measured = `${share.toFixed(2)} % of a core`
  return most === undefined ? { what, measured, target: '' } : { what, measured, target: `≤ ${most} % of a core`, isMet: share <= most }
}

/** A table that reads the same on a terminal and in Markdown. */
export function barsTable(head: string, bars: readonly Bar[]): string {
  const rows = bars.map(({ what, measured, target, isMet }) => `| ${what} | ${measured} | ${target} | ${isMet === undefined ? '' : isMet ? 'met' : 'MISSED'} |`)
  return [`| ${head} | measured | target | |`, '|---|---|---|---|', ...rows].join('\n')
}
