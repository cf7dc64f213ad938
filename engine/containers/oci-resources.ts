import { statSync } from 'node:fs'
import { deviceNumbers } from '../linux/devices.ts'
import type { HostFacts } from '../linux/facts.ts'
import type { OciResources } from '../linux/oci.ts'
import type { Resources } from './config.ts'

const CPU_PERIOD_US = 100_000

/** The cgroup limits of a container. @see OCI runtime-spec config-linux.md, Control groups */
export function resourcesFor(limits: Resources, facts: HostFacts): OciResources {
  const memory = {
    ...(limits.Memory && { limit: limits.Memory }),
    ...(limits.MemoryReservation && { reservation: limits.MemoryReservation }),
    ...(limits.Memory && facts.cgroup.swap && { swap: limits.MemorySwap || limits.Memory * 2 }),
    ...(facts.cgroup.swappiness && limits.MemorySwappiness !== undefined && { swappiness: limits.MemorySwappiness }),
    ...(facts.cgroup.oomKillDisable && limits.OomKillDisable && { disableOOMKiller: true }),
  }
  const cpu = {
    ...(limits.CpuShares && { shares: limits.CpuShares }),
    ...cpuQuota(limits),
    ...(limits.CpuRealtimePeriod && { realtimePeriod: limits.CpuRealtimePeriod }),
    ...(limits.CpuRealtimeRuntime && { realtimeRuntime: limits.CpuRealtimeRuntime }),
    ...(limits.CpusetCpus && { cpus: limits.CpusetCpus }),
    ...(limits.CpusetMems && { mems: limits.CpusetMems }),
  }
  return {
    ...(Object.keys(memory).length > 0 && { memory }),
    ...(Object.keys(cpu).length > 0 && { cpu }),
    // Once there was a limit, none is one of -1.
    ...(limits.PidsLimit !== undefined && { pids: { limit: limits.PidsLimit > 0 ? limits.PidsLimit : -1 } }),
    ...blockIo(limits),
  }
}

function cpuQuota(limits: Resources): { quota?: number; period?: number } {
  if (limits.NanoCpus) return { quota: Math.round(limits.NanoCpus / (1e9 / CPU_PERIOD_US)), period: CPU_PERIOD_US }
  return { ...(limits.CpuQuota && { quota: limits.CpuQuota }), ...(limits.CpuPeriod && { period: limits.CpuPeriod }) }
}

function blockIo(limits: Resources): { blockIO?: Record<string, unknown> } {
  const throttle = (devices: readonly { Path: string; Rate: number }[] | undefined) =>
    devices?.map((device) => ({ ...numbersOf(device.Path), rate: device.Rate })) ?? []
  const entries = {
    ...(limits.BlkioWeight && { weight: limits.BlkioWeight }),
    weightDevice: limits.BlkioWeightDevice?.map((device) => ({ ...numbersOf(device.Path), weight: device.Weight })) ?? [],
    throttleReadBpsDevice: throttle(limits.BlkioDeviceReadBps),
    throttleWriteBpsDevice: throttle(limits.BlkioDeviceWriteBps),
    throttleReadIOPSDevice: throttle(limits.BlkioDeviceReadIOps),
    throttleWriteIOPSDevice: throttle(limits.BlkioDeviceWriteIOps),
  }
  const used = Object.entries(entries).filter(([, value]) => !Array.isArray(value) || value.length > 0)
  return used.length > 0 ? { blockIO: Object.fromEntries(used) } : {}
}

/** @throws Error in Go's words when there is no such file */
function numbersOf(path: string): { major: number; minor: number } {
  return deviceNumbers(statSync(path).rdev)
}
