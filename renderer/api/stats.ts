import { chunksOf } from './byte-stream.ts'
import { callEngine } from './engine-client.ts'
import { type JsonRecord, numberAt, recordAt } from './json.ts'
import { jsonLines } from './json-lines.ts'

export interface Usage {
  /** Of one core: 100 is a whole one, as `docker stats` counts; undefined for the first sample. */
  readonly cpuPercent: number | undefined
  readonly memoryBytes: number
}

/** One sample a second until the container is gone. @see Engine API 1.51 ContainerStats */
export async function followUsage(id: string, signal: AbortSignal): Promise<AsyncGenerator<Usage>> {
  const response = await callEngine('GET', `/containers/${id}/stats`, { query: { stream: true }, signal })
  return usagesOf(jsonLines(chunksOf(response, signal)))
}

async function* usagesOf(lines: AsyncIterable<JsonRecord>): AsyncGenerator<Usage> {
  for await (const line of lines) yield parseUsage(line)
}

/** Reckons as the docker CLI does: the page cache that can be dropped at once is not the container's. */
export function parseUsage(from: JsonRecord): Usage {
  const now = cpuAt(from, 'cpu_stats')
  const before = cpuAt(from, 'precpu_stats')
  const memory = recordAt(from, 'memory_stats')
  const details = recordAt(memory, 'stats')
  const cache = numberAt(details, 'total_inactive_file') ?? numberAt(details, 'inactive_file') ?? 0
  const passed = now.hostNs - before.hostNs
  return {
    cpuPercent: before.hostNs === 0 || passed <= 0 ? undefined : ((now.ownNs - before.ownNs) / passed) * now.cores * 100,
    memoryBytes: Math.max(0, (numberAt(memory, 'usage') ?? 0) - cache),
  }
}

function cpuAt(from: JsonRecord, key: string) {
  const cpu = recordAt(from, key)
  return {
    ownNs: numberAt(recordAt(cpu, 'cpu_usage'), 'total_usage') ?? 0,
    hostNs: numberAt(cpu, 'system_cpu_usage') ?? 0,
    cores: numberAt(cpu, 'online_cpus') ?? 1,
  }
}
