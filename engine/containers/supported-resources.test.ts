import { describe, expect, it } from 'vitest'
import { featuresOfV1, featuresOfV2 } from '../linux/cgroup-features.ts'
import type { Resources } from './config.ts'
import { supportedResources } from './supported-resources.ts'

const all = featuresOfV1(() => true)
const nothing = featuresOfV1(() => false)
const v2 = featuresOfV2(['memory', 'cpu', 'cpuset', 'io', 'pids'])

const asked: Resources = {
  Memory: 64e6,
  MemorySwap: 128e6,
  MemorySwappiness: 10,
  MemoryReservation: 32e6,
  OomKillDisable: true,
  PidsLimit: 10,
  CpuShares: 5,
  CpuQuota: 5000,
  CpusetCpus: '0',
  BlkioWeight: 100,
  BlkioWeightDevice: [{ Path: '/dev/vda', Weight: 100 }],
  BlkioDeviceReadBps: [{ Path: '/dev/vda', Rate: 1 }],
}

describe('supportedResources', () => {
  it('keeps what the kernel can keep', () => expect(supportedResources(asked, all)).toEqual({ limits: asked, warnings: [] }))

  it('drops what it cannot, one warning each', () => {
    const { limits, warnings } = supportedResources(asked, nothing)
    expect(limits).toEqual({
      Memory: 0,
      MemorySwap: -1,
      MemoryReservation: 0,
      CpuShares: 0,
      CpuPeriod: 0,
      CpuQuota: 0,
      CpusetCpus: '',
      CpusetMems: '',
      BlkioWeight: 0,
      BlkioWeightDevice: [],
      BlkioDeviceReadBps: [],
    })
    expect(warnings).toEqual([
      'Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
      'Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.',
      'Your kernel does not support memory soft limit capabilities or the cgroup is not mounted. Limitation discarded.',
      'Your kernel does not support OomKillDisable. OomKillDisable discarded.',
      'Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.',
      'Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.',
      'Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.',
      'Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.',
      'Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.',
      'Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.',
      'Your kernel does not support BPS Block I/O read limit or the cgroup is not mounted. Block I/O BPS read limit discarded.',
    ])
  })

  it('of cgroup v2: no swappiness, and an OOM killer that always kills', () => {
    expect(supportedResources({ MemorySwappiness: 10, OomKillDisable: false }, v2)).toEqual({
      limits: { MemorySwappiness: undefined, OomKillDisable: undefined },
      warnings: ['Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.'],
    })
  })

  it.each<[string, Resources, readonly string[]]>([
    [
      'memory without swap accounting',
      { Memory: 64e6 },
      ['Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.'],
    ],
    ['and nobody misses it when swap is without limit', { Memory: 64e6, MemorySwap: -1 }, []],
    [
      'an OOM killer that may not kill, and no limit',
      { OomKillDisable: true },
      ['OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.'],
    ],
    [
      'what runtimes keep no more',
      { KernelMemory: 9e6, KernelMemoryTCP: 9e6 },
      [
        'Your kernel does not support kernel memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
        'Your kernel does not support kernel memory TCP limit capabilities or the cgroup is not mounted. Limitation discarded.',
      ],
    ],
    ['a share of Windows', { CpuPercent: 5 }, ['linux does not support CPU percent. Percent discarded.']],
    ['a swappiness of -1 is none', { MemorySwappiness: -1 }, []],
  ])('%s', (_, limits, warnings) => expect(supportedResources(limits, { ...all, swap: false }).warnings).toEqual(warnings))
})
