import { join } from 'node:path'
import { cgroupNumber, cgroupText, parseFlatKeyed } from './cgroup-file.ts'
import type { BlockIoEntry, CgroupUsage, CpuUsage, MemoryUsage } from './cgroup-usage.ts'

const MICROSECOND_NS = 1000

const MEMORY_DETAILS = [
  'anon file kernel_stack slab sock shmem file_mapped file_dirty file_writeback anon_thp inactive_anon active_anon inactive_file active_file unevictable',
  'slab_reclaimable slab_unreclaimable pgfault pgmajfault workingset_refault workingset_activate workingset_nodereclaim pgrefill pgscan pgsteal',
  'pgactivate pgdeactivate pglazyfree pglazyfreed thp_fault_alloc thp_collapse_alloc',
].flatMap((line) => line.split(' '))

/**
 * The usage of a cgroup in the unified hierarchy; undefined when it is gone.
 * @see kernel Documentation/admin-guide/cgroup-v2.rst
 */
export function readUsageV2(folder: string): CgroupUsage | undefined {
  const cpu = cgroupText(join(folder, 'cpu.stat'))
  if (cpu === undefined) return undefined
  const serviceBytes = parseIo(cgroupText(join(folder, 'io.stat')) ?? '')
  const absent = { serviced: null, queued: null, serviceTime: null, waitTime: null, merged: null, time: null, sectors: null }
  return {
    cpu: cpuUsage(cpu),
    memory: memoryUsage(folder),
    pids: { current: cgroupNumber(join(folder, 'pids.current'), 0), limit: cgroupNumber(join(folder, 'pids.max'), 0) },
    io: { serviceBytes: serviceBytes.length > 0 ? serviceBytes : null, ...absent },
  }
}

function cpuUsage(text: string): CpuUsage {
  const used = parseFlatKeyed(text)
  const time = (name: string) => (used.get(name) ?? 0) * MICROSECOND_NS
  return {
    totalNs: time('usage_usec'),
    kernelNs: time('system_usec'),
    userNs: time('user_usec'),
    periods: used.get('nr_periods') ?? 0,
    throttledPeriods: used.get('nr_throttled') ?? 0,
    throttledNs: time('throttled_usec'),
  }
}

function memoryUsage(folder: string): MemoryUsage {
  const known = parseFlatKeyed(cgroupText(join(folder, 'memory.stat')) ?? '')
  return {
    usageBytes: cgroupNumber(join(folder, 'memory.current'), 0),
    maxUsageBytes: 0,
    failures: parseFlatKeyed(cgroupText(join(folder, 'memory.events')) ?? '').get('oom') ?? 0,
    limitBytes: cgroupNumber(join(folder, 'memory.max'), Infinity),
    details: Object.fromEntries(MEMORY_DETAILS.map((name) => [name, known.get(name) ?? 0])),
  }
}

/** `8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0` */
function parseIo(text: string): BlockIoEntry[] {
  return text.split('\n').flatMap((line) => {
    const device = /^(\d+):(\d+) /.exec(line)
    if (!device) return []
    const entry = (op: string, key: string) => ({
      major: Number(device[1]),
      minor: Number(device[2]),
      op,
      value: Number(new RegExp(` ${key}=(\\d+)`).exec(line)?.[1] ?? 0),
    })
    return [entry('read', 'rbytes'), entry('write', 'wbytes')]
  })
}
