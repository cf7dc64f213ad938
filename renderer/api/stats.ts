import { chunksOf } from './byte-stream.ts'
import { callEngine } from './engine-client.ts'
import { type JsonRecord, numberAt, recordAt, recordsAt, textAt } from './json.ts'
import { jsonLines } from './json-lines.ts'

export interface Usage {
  /** Of one core: 100 is a whole one, as `docker stats` counts; undefined for the first sample. */
  readonly cpuPercent: number | undefined
  readonly memoryBytes: number
  /** What it may have: its own limit, or all of the machine. */
  readonly memoryLimitBytes: number
  /** Processes and threads. */
  readonly tasks: number
  /** Since it was started, all its interfaces together. */
  readonly receivedBytes: number
  readonly sentBytes: number
  /** From and to disks, since it was started. */
  readonly readBytes: number
  readonly writtenBytes: number
}

/** One sample a second until the container is gone. @see Engine API 1.51 ContainerStats */
export async function followUsage(id: string, signal: AbortSignal): Promise<AsyncGenerator<Usage>> {
  const response = await callEngine('GET', `/containers/${id}/stats`, { query: { stream: true }, signal })
  return usagesOf(jsonLines(chunksOf(response, signal)))
}

/** One sample a second of each of several containers, with its id, until the reader goes away. Our own engine only. */
export async function followUsages(ids: readonly string[], signal: AbortSignal): Promise<AsyncGenerator<{ readonly id: string; readonly usage: Usage }>> {
  const response = await callEngine('GET', `/engineroom/v1/stats?${ids.map((id) => `container=${id}`).join('&')}`, { signal })
  return identified(jsonLines(chunksOf(response, signal)))
}

async function* identified(lines: AsyncIterable<JsonRecord>): AsyncGenerator<{ readonly id: string; readonly usage: Usage }> {
  for await (const line of lines) yield { id: textAt(line, 'id'), usage: parseUsage(line) }
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
    memoryLimitBytes: numberAt(memory, 'limit') ?? 0,
    tasks: numberAt(recordAt(from, 'pids_stats'), 'current') ?? 0,
    ...trafficOf(recordAt(from, 'networks')),
    readBytes: diskBytes(from, 'read'),
    writtenBytes: diskBytes(from, 'write'),
  }
}

function trafficOf(interfaces: JsonRecord): Pick<Usage, 'receivedBytes' | 'sentBytes'> {
  const sum = (key: string) => Object.keys(interfaces).reduce((total, name) => total + (numberAt(recordAt(interfaces, name), key) ?? 0), 0)
  return { receivedBytes: sum('rx_bytes'), sentBytes: sum('tx_bytes') }
}

/** @param operation in small letters; cgroup v1 writes it with a capital */
function diskBytes(from: JsonRecord, operation: string): number {
  const entries = recordsAt(recordAt(from, 'blkio_stats'), 'io_service_bytes_recursive')
  return entries.filter((one) => textAt(one, 'op').toLowerCase() === operation).reduce((total, one) => total + (numberAt(one, 'value') ?? 0), 0)
}

function cpuAt(from: JsonRecord, key: string) {
  const cpu = recordAt(from, key)
  return {
    ownNs: numberAt(recordAt(cpu, 'cpu_usage'), 'total_usage') ?? 0,
    hostNs: numberAt(cpu, 'system_cpu_usage') ?? 0,
    cores: numberAt(cpu, 'online_cpus') ?? 1,
  }
}
