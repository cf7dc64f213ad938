import { join } from 'node:path'
import { readUsageV1 } from './cgroup-usage-v1.ts'
import { readUsageV2 } from './cgroup-usage-v2.ts'
import { cgroupVersion, controllerRoot } from './cgroups.ts'

/** What the processes of a cgroup have used since it exists. Times in nanoseconds. */
export interface CgroupUsage {
  readonly cpu: CpuUsage
  readonly memory: MemoryUsage
  readonly pids: { readonly current: number /** 0 when there is none. */; readonly limit: number }
  readonly io: BlockIoUsage
}

export interface CpuUsage {
  readonly totalNs: number
  readonly kernelNs: number
  readonly userNs: number
  /** Only cgroup v1 tells. */
  readonly perCpuNs?: readonly number[]
  readonly periods: number
  readonly throttledPeriods: number
  readonly throttledNs: number
}

export interface MemoryUsage {
  readonly usageBytes: number
  /** Only cgroup v1 tells. */
  readonly maxUsageBytes: number
  /** How often the limit was hit (v1), or ended in an out-of-memory state (v2). */
  readonly failures: number
  /** Infinity when there is none. */
  readonly limitBytes: number
  /** The kernel's own names, those that docker passes on. */
  readonly details: Readonly<Record<string, number>>
}

export interface BlockIoEntry {
  readonly major: number
  readonly minor: number
  readonly op: string
  readonly value: number
}

/** Counters per device and kind; null where this cgroup version has none. Docker's names. */
export interface BlockIoUsage {
  readonly serviceBytes: readonly BlockIoEntry[] | null
  readonly serviced: readonly BlockIoEntry[] | null
  readonly queued: readonly BlockIoEntry[] | null
  readonly serviceTime: readonly BlockIoEntry[] | null
  readonly waitTime: readonly BlockIoEntry[] | null
  readonly merged: readonly BlockIoEntry[] | null
  readonly time: readonly BlockIoEntry[] | null
  readonly sectors: readonly BlockIoEntry[] | null
}

/** The usage of a cgroup; undefined when it is gone. @see cgroups(7) */
export function readCgroupUsage(cgroupPath: string): CgroupUsage | undefined {
  const folderOf = (controller: string) => join(controllerRoot(controller), cgroupPath)
  return cgroupVersion() === 2 ? readUsageV2(folderOf('')) : readUsageV1(folderOf)
}
