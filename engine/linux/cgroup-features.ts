import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CgroupVersion, controllerRoot } from './cgroups.ts'

/** Which limits this kernel can keep for a group of processes. @see cgroups(7) */
export interface CgroupFeatures {
  readonly memory: boolean
  readonly memoryReservation: boolean
  readonly swap: boolean
  readonly swappiness: boolean
  readonly oomKillDisable: boolean
  readonly pids: boolean
  readonly cpuShares: boolean
  readonly cpuQuota: boolean
  readonly cpuRealtime: boolean
  readonly cpuset: boolean
  readonly blkioWeight: boolean
  readonly blkioWeightDevice: boolean
  readonly blkioThrottle: boolean
}

/** What a cgroup may be bound to, as lists like `0-3`. @see parseCpuList */
export interface CpusetLists {
  readonly cpus: string
  readonly memoryNodes: string
}

export function readCgroupFeatures(version: CgroupVersion): CgroupFeatures {
  if (version === 1) return featuresOfV1((controller, file) => existsSync(join(controllerRoot(controller), file)))
  return featuresOfV2(
    readFileSync(join(controllerRoot(''), 'cgroup.controllers'), 'utf8')
      .trim()
      .split(' '),
  )
}

/** On cgroup v1, a feature is there when its file is. */
export function featuresOfV1(has: (controller: string, file: string) => boolean): CgroupFeatures {
  return {
    memory: has('memory', 'memory.limit_in_bytes'),
    memoryReservation: has('memory', 'memory.soft_limit_in_bytes'),
    swap: has('memory', 'memory.memsw.limit_in_bytes'),
    swappiness: has('memory', 'memory.swappiness'),
    oomKillDisable: has('memory', 'memory.oom_control'),
    pids: has('pids', ''),
    cpuShares: has('cpu', 'cpu.shares'),
    cpuQuota: has('cpu', 'cpu.cfs_quota_us'),
    cpuRealtime: has('cpu', 'cpu.rt_runtime_us'),
    cpuset: has('cpuset', ''),
    blkioWeight: has('blkio', 'blkio.weight'),
    blkioWeightDevice: has('blkio', 'blkio.weight_device'),
    blkioThrottle: has('blkio', 'blkio.throttle.read_bps_device'),
  }
}

/** Cgroup v2 has neither swappiness nor a switch for the OOM killer, and no real-time share that could be given to a container. */
export function featuresOfV2(controllers: readonly string[]): CgroupFeatures {
  const memory = controllers.includes('memory')
  const cpu = controllers.includes('cpu')
  const io = controllers.includes('io')
  return {
    memory,
    memoryReservation: memory,
    swap: memory,
    swappiness: false,
    oomKillDisable: false,
    pids: controllers.includes('pids'),
    cpuShares: cpu,
    cpuQuota: cpu,
    cpuRealtime: false,
    cpuset: controllers.includes('cpuset'),
    blkioWeight: io,
    blkioWeightDevice: io,
    blkioThrottle: io,
  }
}

/** Empty lists when cpusets are not there. */
export function readCpusetLists(version: CgroupVersion): CpusetLists {
  const read = (name: string) => {
    const path = join(controllerRoot('cpuset'), version === 1 ? name : `${name}.effective`)
    return existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
  }
  return { cpus: read('cpuset.cpus'), memoryNodes: read('cpuset.mems') }
}
