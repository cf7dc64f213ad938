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
export function readUsageV1(folderOf: FolderOf): CgroupUsage | undefined {
  const total = cgroupText(join(folderOf('cpuacct'), 'cpuacct.usage'))
  if (total === undefined) return undefined
  const pids = folderOf('pids')
  return {
    cpu: cpuUsage(folderOf, Number(total)),
    memory: memoryUsage(folderOf('memory')),
    pids: { current: cgroupNumber(join(pids, 'pids.current'), 0), limit: cgroupNumber(join(pids, 'pids.max'), 0) },
    io: blockIoUsage(folderOf('blkio')),
  }
}

function cpuUsage(folderOf: FolderOf, totalNs: number): CpuUsage {
  const perCpu = cgroupText(join(folderOf('cpuacct'), 'cpuacct.usage_percpu'))
  const used = parseFlatKeyed(cgroupText(join(folderOf('cpuacct'), 'cpuacct.stat')) ?? '')
  const held = parseFlatKeyed(cgroupText(join(folderOf('cpu'), 'cpu.stat')) ?? '')
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

function memoryUsage(folder: string): MemoryUsage {
  const number = (name: string) => cgroupNumber(join(folder, `memory.${name}`), 0)
  const known = parseFlatKeyed(cgroupText(join(folder, 'memory.stat')) ?? '')
  return {
    usageBytes: number('usage_in_bytes'),
    maxUsageBytes: number('max_usage_in_bytes'),
    failures: number('failcnt'),
    limitBytes: number('limit_in_bytes'),
    details: Object.fromEntries(MEMORY_DETAILS.map((name) => [name, known.get(name) ?? 0])),
  }
}

/** Which scheduler counts depends on the kernel and the disk: CFQ had plain names, BFQ has its own, throttling always counts bytes and operations. */
function blockIoUsage(folder: string): BlockIoUsage {
  const entries = (name: string) => parseEntries(cgroupText(join(folder, `blkio.${name}_recursive`)) ?? '')
  for (const scheduler of ['', 'bfq.']) {
    const serviced = entries(`${scheduler}io_serviced`)
    if (serviced.length === 0) continue
    return {
      serviceBytes: entries(`${scheduler}io_service_bytes`),
      serviced,
      queued: entries(`${scheduler}io_queued`),
      serviceTime: entries(`${scheduler}io_service_time`),
      waitTime: entries(`${scheduler}io_wait_time`),
      merged: entries(`${scheduler}io_merged`),
      time: entries(`${scheduler}time`),
      sectors: entries(`${scheduler}sectors`),
    }
  }
  const none = { queued: [], serviceTime: [], waitTime: [], merged: [], time: [], sectors: [] }
  return { serviceBytes: entries('throttle.io_service_bytes'), serviced: entries('throttle.io_serviced'), ...none }
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
