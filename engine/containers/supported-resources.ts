import type { CgroupFeatures } from '../linux/cgroup-features.ts'
import type { Resources } from './config.ts'

const NOT_MOUNTED = 'or the cgroup is not mounted.'

/**
 * What of the limits this kernel can keep. The rest is dropped with a warning, as docker does: it is neither stored nor
 * shown as if it were kept.
 * @param asked a swappiness of -1 means that none was asked for
 */
export function supportedResources<T extends Resources>(asked: T, features: CgroupFeatures): { limits: T; warnings: string[] } {
  const limits: T = { ...asked, ...(asked.MemorySwappiness === -1 && { MemorySwappiness: undefined }) }
  const warnings: string[] = []
  const drop = (isNeeded: boolean, feature: boolean, instead: Partial<Resources>, warning: string) => {
    if (!isNeeded || feature) return
    Object.assign(limits, instead)
    warnings.push(warning)
  }
  const has = (list: readonly unknown[] | undefined) => (list?.length ?? 0) > 0
  const unsupported = (what: string, rest: string) => `Your kernel does not support ${what} ${NOT_MOUNTED} ${rest}`

  drop((limits.Memory ?? 0) > 0, features.memory, { Memory: 0, MemorySwap: -1 }, unsupported('memory limit capabilities', 'Limitation discarded.'))
  drop(
    (limits.Memory ?? 0) > 0 && limits.MemorySwap !== -1,
    features.swap,
    { MemorySwap: -1 },
    unsupported('swap limit capabilities', 'Memory limited without swap.'),
  )
  drop(
    limits.MemorySwappiness !== undefined,
    features.swappiness,
    { MemorySwappiness: undefined },
    unsupported('memory swappiness capabilities', 'Memory swappiness discarded.'),
  )
  drop(
    (limits.MemoryReservation ?? 0) > 0,
    features.memoryReservation,
    { MemoryReservation: 0 },
    unsupported('memory soft limit capabilities', 'Limitation discarded.'),
  )
  drop((limits.KernelMemory ?? 0) > 0, false, { KernelMemory: 0 }, unsupported('kernel memory limit capabilities', 'Limitation discarded.'))
  drop((limits.KernelMemoryTCP ?? 0) > 0, false, { KernelMemoryTCP: 0 }, unsupported('kernel memory TCP limit capabilities', 'Limitation discarded.'))
  if (!features.oomKillDisable && limits.OomKillDisable === false) limits.OomKillDisable = undefined
  drop(
    limits.OomKillDisable === true,
    features.oomKillDisable,
    { OomKillDisable: undefined },
    'Your kernel does not support OomKillDisable. OomKillDisable discarded.',
  )
  if (limits.OomKillDisable && !limits.Memory) {
    warnings.push('OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.')
  }
  drop((limits.PidsLimit ?? 0) > 0, features.pids, { PidsLimit: undefined }, unsupported('PIDs limit capabilities', 'PIDs limit discarded.'))
  drop((limits.CpuShares ?? 0) > 0, features.cpuShares, { CpuShares: 0 }, unsupported('CPU shares', 'Shares discarded.'))
  drop(
    Boolean(limits.CpuPeriod || limits.CpuQuota),
    features.cpuQuota,
    { CpuPeriod: 0, CpuQuota: 0 },
    'Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.',
  )
  drop((limits.CpuPercent ?? 0) > 0, false, { CpuPercent: 0 }, 'linux does not support CPU percent. Percent discarded.')
  drop(Boolean(limits.CpusetCpus || limits.CpusetMems), features.cpuset, { CpusetCpus: '', CpusetMems: '' }, unsupported('cpuset', 'Cpuset discarded.'))
  drop((limits.BlkioWeight ?? 0) > 0, features.blkioWeight, { BlkioWeight: 0 }, unsupported('Block I/O weight', 'Weight discarded.'))
  drop(has(limits.BlkioWeightDevice), features.blkioWeightDevice, { BlkioWeightDevice: [] }, unsupported('Block I/O weight_device', 'Weight-device discarded.'))
  const throttles = [
    ['BlkioDeviceReadBps', 'BPS Block I/O read limit', 'Block I/O BPS read limit'],
    ['BlkioDeviceWriteBps', 'BPS Block I/O write limit', 'Block I/O BPS write limit'],
    ['BlkioDeviceReadIOps', 'IOPS Block read limit', 'Block I/O IOPS read limit'],
    ['BlkioDeviceWriteIOps', 'IOPS Block write limit', 'Block I/O IOPS write limit'],
  ] as const
  for (const [key, what, dropped] of throttles) {
    drop(has(limits[key]), features.blkioThrottle, { [key]: [] }, unsupported(what, `${dropped} discarded.`))
  }
  return { limits, warnings }
}
