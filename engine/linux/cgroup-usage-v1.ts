import { join } from 'node:path'
import { cgroupNumber, cgroupText, parseFlatKeyed } from './cgroup-file.ts'
import type { BlockIoEntry, BlockIoUsage, CgroupUsage, CpuUsage, MemoryUsage } from './cgroup-usage.ts'

/** `USER_HZ` is 100 on every architecture that Linux still supports. @see time(7) */
const TICK_NS = 1e9 / 100

type FolderOf = (controller: string) => string

/**
 * The usage of a cgroup in the hierarchies of version 1; undefined when it is gone.
 * @see kernel Documentation/admin-guide/cgroup-v1
 */
export async function readUsageV1(folderOf: FolderOf): Promise<CgroupUsage | undefined> {
  const total = await cgroupText(join(folderOf('cpuacct'), 'cpuacct.usage'))
  if (total === undefined) return undefined
  const pids = folderOf('pids')
  const [cpu, memory, current, limit, io] = await Promise.all([
    cpuUsage(folderOf, Number(total)),
    memoryUsage(folderOf('memory')),
    cgroupNumber(join(pids, 'pids.current'), 0),
    cgroupNumber(join(pids, 'pids.max'), 0),
    blockIoUsage(folderOf('blkio')),
  ])
  return { cpu, memory, pids: { current, limit }, io }
}

async function cpuUsage(folderOf: FolderOf, totalNs: number): Promise<CpuUsage> {
  const [ticks, perCpu, throttling] = await Promise.all([
    cgroupText(join(folderOf('cpuacct'), 'cpuacct.stat')),
    cgroupText(join(folderOf('cpuacct'), 'cpuacct.usage_percpu')),
    cgroupText(join(folderOf('cpu'), 'cpu.stat')),
  ])
  const used = parseFlatKeyed(ticks ?? '')
  const held = parseFlatKeyed(throttling ?? '')
  return {
    totalNs,
    kernelNs: (used.get('system') ?? 0) * TICK_NS,
    userNs: (used.get('user') ?? 0) * TICK_NS,
    perCpuNs: (perCpu ?? '').split(/\s+/).filter(Boolean).map(Number),
    periods: held.get('nr_periods') ?? 0,
    throttledPeriods: held.get('nr_throttled') ?? 0,
    throttledNs: held.get('throttled_time') ?? 0,
  }
}

const OWN_DETAILS =
  'cache rss rss_huge mapped_file dirty writeback pgpgin pgpgout pgfault pgmajfault inactive_anon active_anon inactive_file active_file unevictable'.split(' ')
const MEMORY_DETAILS = [...OWN_DETAILS, 'hierarchical_memory_limit', 'hierarchical_memsw_limit', ...OWN_DETAILS.map((name) => `total_${name}`)]

async function memoryUsage(folder: string): Promise<MemoryUsage> {
  const number = (name: string) => cgroupNumber(join(folder, `memory.${name}`), 0)
  const [usageBytes, maxUsageBytes, failures, limitBytes, text] = await Promise.all([
    number('usage_in_bytes'),
    number('max_usage_in_bytes'),
    number('failcnt'),
    number('limit_in_bytes'),
    cgroupText(join(folder, 'memory.stat')),
  ])
  const known = parseFlatKeyed(text ?? '')
  return { usageBytes, maxUsageBytes, failures, limitBytes, details: Object.fromEntries(MEMORY_DETAILS.map((name) => [name, known.get(name) ?? 0])) }
}

/** Which scheduler counts depends on the kernel and the disk: CFQ had plain names, BFQ has its own, throttling always counts bytes and operations. */
async function blockIoUsage(folder: string): Promise<BlockIoUsage> {
  const entries = async (name: string) => parseEntries((await cgroupText(join(folder, `blkio.${name}_recursive`))) ?? '')
  for (const scheduler of ['', 'bfq.']) {
    const [serviceBytes, serviced, queued, serviceTime, waitTime, merged, time, sectors] = await Promise.all([
      entries(`${scheduler}io_service_bytes`),
      entries(`${scheduler}io_serviced`),
      entries(`${scheduler}io_queued`),
      entries(`${scheduler}io_service_time`),
      entries(`${scheduler}io_wait_time`),
      entries(`${scheduler}io_merged`),
      entries(`${scheduler}time`),
      entries(`${scheduler}sectors`),
    ])
    if (serviced.length > 0) return { serviceBytes, serviced, queued, serviceTime, waitTime, merged, time, sectors }
  }
  const [serviceBytes, serviced] = await Promise.all([entries('throttle.io_service_bytes'), entries('throttle.io_serviced')])
  return { serviceBytes, serviced, queued: [], serviceTime: [], waitTime: [], merged: [], time: [], sectors: [] }
}

/** `8:0 Read 4096`, or `8:0 12` for a counter without kinds; the `Total` of all devices is left out. */
function parseEntries(text: string): BlockIoEntry[] {
  return [...text.matchAll(/^(\d+):(\d+) (?:(\w+) )?(\d+)$/gm)].map(([, major, minor, op = '', value]) => ({
    major: Number(major),
    minor: Number(minor),
    op,
    value: Number(value),
  }))
}
