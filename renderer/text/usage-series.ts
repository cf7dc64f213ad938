import type { Usage } from '../api/stats.ts'
import { formatBytes } from './quantity.ts'

/** One line of a chart. */
export interface Series {
  readonly name: string
  readonly values: readonly number[]
}

export interface Chart {
  readonly title: string
  /** What it is now, in words. */
  readonly now: string
  readonly series: readonly Series[]
  /** The top of the scale is at least this. */
  readonly leastTop: number
  /** A value of the scale in words. */
  readonly words: (value: number) => string
}

const perSecond = (value: number) => `${formatBytes(value)}/s`
const percent = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} %`

/** What is drawn of a container's usage: one sample a second, the latest last. */
export function usageCharts(samples: readonly Usage[]): Chart[] {
  const latest = samples.at(-1)
  const cpu = samples.map(({ cpuPercent }) => cpuPercent ?? 0)
  const memory = samples.map(({ memoryBytes }) => memoryBytes)
  const rate = (key: 'receivedBytes' | 'sentBytes' | 'readBytes' | 'writtenBytes') => rates(samples.map((one) => one[key]))
  const [received, sent, read, written] = [rate('receivedBytes'), rate('sentBytes'), rate('readBytes'), rate('writtenBytes')]
  const last = (values: readonly number[]) => values.at(-1) ?? 0
  return [
    { title: 'Processor', now: latest ? `${percent(last(cpu))} of a core` : '–', series: [{ name: 'processor', values: cpu }], leastTop: 5, words: percent },
    {
      title: 'Memory',
      now: latest ? `${formatBytes(latest.memoryBytes)} of ${formatBytes(latest.memoryLimitBytes)}` : '–',
      series: [{ name: 'memory', values: memory }],
      leastTop: 1,
      words: formatBytes,
    },
    {
      title: 'Network',
      now: latest ? `${perSecond(last(received))} in, ${perSecond(last(sent))} out` : '–',
      series: [
        { name: 'in', values: received },
        { name: 'out', values: sent },
      ],
      leastTop: 1000,
      words: perSecond,
    },
    {
      title: 'Disk',
      now: latest ? `${perSecond(last(read))} read, ${perSecond(last(written))} written` : '–',
      series: [
        { name: 'read', values: read },
        { name: 'written', values: written },
      ],
      leastTop: 1000,
      words: perSecond,
    },
    {
      title: 'Processes and threads',
      now: latest ? String(latest.tasks) : '–',
      series: [{ name: 'tasks', values: samples.map(({ tasks }) => tasks) }],
      leastTop: 4,
      words: (value) => value.toFixed(0),
    },
  ]
}

/** Differences of a counter; one that fell began anew. */
function rates(totals: readonly number[]): number[] {
  return totals.map((total, at) => Math.max(0, at === 0 ? 0 : total - (totals[at - 1] ?? total)))
}
