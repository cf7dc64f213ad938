import { describe, expect, it } from 'vitest'
import { featuresOfV1, featuresOfV2 } from './cgroup-features.ts'

describe('features', () => {
  it('of v1 are there when their files are', () => {
    const files = new Set(['memory/memory.limit_in_bytes', 'cpu/cpu.shares', 'pids/'])
    const features = featuresOfV1((controller, file) => files.has(`${controller}/${file}`))
    expect(
      Object.entries(features)
        .filter(([, isThere]) => isThere)
        .map(([name]) => name),
    ).toEqual(['memory', 'pids', 'cpuShares'])
  })

  it('of v2 follow the controllers; some are never there', () => {
    expect(featuresOfV2(['memory', 'cpu', 'cpuset', 'io', 'pids'])).toEqual({
      memory: true,
      memoryReservation: true,
      swap: true,
      swappiness: false,
      oomKillDisable: false,
      pids: true,
      cpuShares: true,
      cpuQuota: true,
      cpuRealtime: false,
      cpuset: true,
      blkioWeight: true,
      blkioWeightDevice: true,
      blkioThrottle: true,
    })
    expect(Object.values(featuresOfV2(['hugetlb'])).some(Boolean)).toBe(false)
  })
})
