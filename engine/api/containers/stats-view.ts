import type { Container } from '../../containers/container.ts'
import type { StatsSample } from '../../containers/stats.ts'
import type { BlockIoUsage, MemoryUsage } from '../../linux/cgroup-usage.ts'
import type { InterfaceCounters } from '../../linux/interface-counters.ts'
import { goTime } from '../times.ts'

/**
 * Docker's shape of a sample, with the one before it for the reader to compare. Zero values that Go's encoder leaves
 * out are left out; without a sample it is the "nothing runs" of docker.
 * @see Engine API 1.51 ContainerStats; engine-api notes 3.5
 */
export function statsView(container: Container, sample: StatsSample | undefined, before: StatsSample | undefined, memoryBytes: number) {
  return {
    name: `/${container.name}`,
    id: container.id,
    read: goTime(sample?.at),
    preread: goTime(before?.at),
    pids_stats: sample ? { ...nonZero('current', sample.usage.pids.current), ...nonZero('limit', sample.usage.pids.limit) } : {},
    blkio_stats: blockIoView(sample?.usage.io),
    num_procs: 0,
    storage_stats: {},
    cpu_stats: cpuView(sample),
    precpu_stats: cpuView(before),
    memory_stats: sample ? memoryView(sample.usage.memory, memoryBytes) : {},
    ...(sample &&
      sample.interfaces.size > 0 && { networks: Object.fromEntries([...sample.interfaces].map(([name, counters]) => [name, interfaceView(counters)])) }),
  }
}

function cpuView(sample: StatsSample | undefined) {
  const cpu = sample?.usage.cpu
  return {
    cpu_usage: {
      total_usage: cpu?.totalNs ?? 0,
      ...(cpu?.perCpuNs && cpu.perCpuNs.length > 0 && { percpu_usage: cpu.perCpuNs }),
      usage_in_kernelmode: cpu?.kernelNs ?? 0,
      usage_in_usermode: cpu?.userNs ?? 0,
    },
    ...(sample && { system_cpu_usage: sample.host.totalNs, online_cpus: sample.host.onlineCount }),
    throttling_data: { periods: cpu?.periods ?? 0, throttled_periods: cpu?.throttledPeriods ?? 0, throttled_time: cpu?.throttledNs ?? 0 },
  }
}

function memoryView(memory: MemoryUsage, memoryBytes: number) {
  return {
    ...nonZero('usage', memory.usageBytes),
    ...nonZero('max_usage', memory.maxUsageBytes),
    stats: memory.details,
    ...nonZero('failcnt', memory.failures),
    // Without a limit, what the machine has.
    ...nonZero('limit', Math.min(memory.limitBytes, memoryBytes)),
  }
}

function blockIoView(io: BlockIoUsage | undefined) {
  return {
    io_service_bytes_recursive: io?.serviceBytes ?? null,
    io_serviced_recursive: io?.serviced ?? null,
    io_queue_recursive: io?.queued ?? null,
    io_service_time_recursive: io?.serviceTime ?? null,
    io_wait_time_recursive: io?.waitTime ?? null,
    io_merged_recursive: io?.merged ?? null,
    io_time_recursive: io?.time ?? null,
    sectors_recursive: io?.sectors ?? null,
  }
}

function interfaceView(counters: InterfaceCounters) {
  return {
    rx_bytes: counters.rxBytes,
    rx_packets: counters.rxPackets,
    rx_errors: counters.rxErrors,
    rx_dropped: counters.rxDropped,
    tx_bytes: counters.txBytes,
    tx_packets: counters.txPackets,
    tx_errors: counters.txErrors,
    tx_dropped: counters.txDropped,
  }
}

function nonZero(name: string, value: number): Record<string, number> {
  return value === 0 ? {} : { [name]: value }
}
