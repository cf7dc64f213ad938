import { EngineError, messageOf } from '../errors.ts'
import { parseCpuList } from '../linux/cpu-list.ts'
import type { HostFacts } from '../linux/facts.ts'
import type { Resources } from './config.ts'

const MIN_MEMORY_BYTES = 6 * 1024 * 1024
const MIN_CPU_PERIOD_US = 1000
const MAX_CPU_PERIOD_US = 1_000_000

/**
 * Refuses limits that can never be kept.
 * @param isUpdate what is not mentioned is set already
 * @throws EngineError `invalid` with docker's words
 */
export function validateResources(limits: Resources, facts: HostFacts, { isUpdate } = { isUpdate: false }): void {
  checkMemory(limits, isUpdate)
  checkCpu(limits, facts)
  checkCpuset(limits, facts)
  const { BlkioWeight = 0 } = limits
  if (BlkioWeight > 0 && (BlkioWeight < 10 || BlkioWeight > 1000)) throw invalid('Range of blkio weight is from 10 to 1000')
  if (limits.IOMaximumBandwidth) throw invalid('invalid option: QoS maximum bandwidth configuration is not supported on linux')
  if (limits.IOMaximumIOps) throw invalid('invalid option: QoS maximum IOPs configuration is not supported on linux')
}

function checkMemory({ Memory = 0, MemorySwap = 0, MemoryReservation = 0, MemorySwappiness = 0 }: Resources, isUpdate: boolean): void {
  if (Memory !== 0 && Memory < MIN_MEMORY_BYTES) throw invalid('Minimum memory limit allowed is 6MB')
  if (Memory > 0 && MemorySwap > 0 && MemorySwap < Memory) throw invalid('Minimum memoryswap limit should be larger than memory limit, see usage')
  if (MemorySwap > 0 && Memory === 0 && !isUpdate) throw invalid('You should always set the Memory limit when using Memoryswap limit, see usage')
  if (MemorySwappiness < 0 || MemorySwappiness > 100) throw invalid(`Invalid value: ${MemorySwappiness}, valid memory swappiness range is 0-100`)
  if (MemoryReservation > 0 && MemoryReservation < MIN_MEMORY_BYTES) throw invalid('Minimum memory reservation allowed is 6MB')
  if (Memory > 0 && MemoryReservation > Memory) throw invalid('Minimum memory limit can not be less than memory reservation limit, see usage')
}

function checkCpu(limits: Resources, { cpuCount, cgroup }: HostFacts): void {
  const { NanoCpus = 0, CpuPeriod = 0, CpuQuota = 0, CpuShares = 0, CpuRealtimePeriod = 0, CpuRealtimeRuntime = 0 } = limits
  if ((CpuRealtimePeriod !== 0 || CpuRealtimeRuntime !== 0) && !cgroup.cpuRealtime) throw invalid('kernel does not support CPU real-time scheduler')
  if (CpuRealtimePeriod !== 0 && CpuRealtimeRuntime > CpuRealtimePeriod) throw invalid('cpu real-time runtime cannot be higher than cpu real-time period')
  if (CpuShares < 0) throw invalid(`invalid CPU shares (${CpuShares}): value must be a positive integer`)
  if (NanoCpus > 0 && CpuPeriod > 0) throw invalid('Conflicting options: Nano CPUs and CPU Period cannot both be set')
  if (NanoCpus > 0 && CpuQuota > 0) throw invalid('Conflicting options: Nano CPUs and CPU Quota cannot both be set')
  if (NanoCpus > 0 && !cgroup.cpuQuota) {
    throw invalid('NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted')
  }
  if (NanoCpus < 0 || NanoCpus > cpuCount * 1e9) {
    throw invalid(`range of CPUs is from 0.01 to ${cpuCount}.00, as there are only ${cpuCount} CPUs available`)
  }
  if (CpuPeriod !== 0 && (CpuPeriod < MIN_CPU_PERIOD_US || CpuPeriod > MAX_CPU_PERIOD_US))
    throw invalid('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)')
  if (CpuQuota > 0 && CpuQuota < MIN_CPU_PERIOD_US) throw invalid('CPU cfs quota can not be less than 1ms (i.e. 1000)')
}

function checkCpuset({ CpusetCpus = '', CpusetMems = '' }: Resources, { cgroup, cpuset }: HostFacts): void {
  if (!cgroup.cpuset) return
  if (!isWithin(CpusetCpus, cpuset.cpus, 'cpus')) {
    throw invalid(`Requested CPUs are not available - requested ${CpusetCpus}, available: ${cpuset.cpus}`)
  }
  if (!isWithin(CpusetMems, cpuset.memoryNodes, 'mems')) {
    throw invalid(`Requested memory nodes are not available - requested ${CpusetMems}, available: ${cpuset.memoryNodes}`)
  }
}

function isWithin(wanted: string, available: string, name: string): boolean {
  try {
    return parseCpuList(wanted).isSubsetOf(parseCpuList(available))
  } catch (cause) {
    throw new EngineError('invalid', `Invalid value ${wanted} for cpuset ${name}: ${messageOf(cause)}`, { cause })
  }
}

function invalid(message: string): EngineError {
  return new EngineError('invalid', message)
}
