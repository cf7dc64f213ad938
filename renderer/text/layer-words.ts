import type { HistoryStep } from '../api/images.ts'

/** How a step was written in its Dockerfile, as far as that can be told from what builders note down. */
export function stepWords(madeBy: string): string {
  const text = madeBy.replace(/\s*#\s*buildkit$/, '').trim()
  const classic = /^\/bin\/sh -c #\(nop\)\s+(.*)$/s.exec(text)?.[1]
  if (classic !== undefined) return classic.trim()
  const shell = /^(?:\|\d+ .*? )?\/bin\/sh -c (.*)$/s.exec(text)?.[1]
  if (shell !== undefined) return `RUN ${shell.trim()}`
  return text.replace(/^RUN (?:\|\d+ .*? )?\/bin\/sh -c /, 'RUN ')
}

/** Of all bytes: how much the step added, from 0 to 1. */
export function stepShares(steps: readonly HistoryStep[]): number[] {
  const largest = Math.max(1, ...steps.map(({ sizeBytes }) => sizeBytes))
  return steps.map(({ sizeBytes }) => sizeBytes / largest)
}
