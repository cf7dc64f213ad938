import type { Usage } from '../api/stats.ts'
import { formatBytes } from './quantity.ts'
import { say } from './say.ts'

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
    {
      title: say('Processor'),
      now: latest ? say('{percent} of a core', { percent: percent(last(cpu)) }) : '–',
      series: [{ name: 'processor', values: cpu }],
      leastTop: 5,
      words: percent,
    },
    {
      title: say('Memory'),
      now: latest ? say('{used} of {limit}', { used: formatBytes(latest.memoryBytes), limit: formatBytes(latest.memoryLimitBytes) }) : '–',
      series: [{ name: 'memory', values: memory }],
      leastTop: 1,
      words: formatBytes,
    },
    {
      title: say('Network'),
      now: latest ? say('{received} in, {sent} out', { received: perSecond(last(received)), sent: perSecond(last(sent)) }) : '–',
      series: [
        { name: say('in §received'), values: received },
        { name: say('out §sent'), values: sent },
      ],
      leastTop: 1000,
      words: perSecond,
    },
    {
      title: say('Disk'),
      now: latest ? say('{read} read, {written} written', { read: perSecond(last(read)), written: perSecond(last(written)) }) : '–',
      series: [
        { name: say('read'), values: read },
        { name: say('written'), values: written },
      ],
      leastTop: 1000,
      words: perSecond,
    },
    {
      title: say('Processes and threads'),
      now: latest ? String(latest.tasks) : '–',
      series: [{ name: 'tasks', values: samples.map(({ tasks }) => tasks) }],
      leastTop: 4,
      words: (value) => value.toFixed(0),
    },
  ]
}

/** What a container uses now, for a line of a list; empty as long as nothing can be said. */
export function usageWords(samples: readonly Usage[]): { readonly cpu: string; readonly memory: string; readonly network: string } {
  const [before, latest] = [samples.at(-2), samples.at(-1)]
  const rate = (key: 'receivedBytes' | 'sentBytes') => perSecond(rates([before?.[key] ?? 0, latest?.[key] ?? 0]).at(-1) ?? 0)
  return {
    cpu: latest?.cpuPercent === undefined ? '' : percent(latest.cpuPercent),
    memory: latest ? formatBytes(latest.memoryBytes) : '',
    network: before && latest ? say('{received} in, {sent} out', { received: rate('receivedBytes'), sent: rate('sentBytes') }) : '',
  }
}

/** Differences of a counter; one that fell began anew. */
function rates(totals: readonly number[]): number[] {
  return totals.map((total, at) => Math.max(0, at === 0 ? 0 : total - (totals[at - 1] ?? total)))
}
