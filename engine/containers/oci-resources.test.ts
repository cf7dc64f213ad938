import { describe, expect, it } from 'vitest'
import { featuresOfV1, featuresOfV2 } from '../linux/cgroup-features.ts'
import type { HostFacts } from '../linux/facts.ts'
import type { Resources } from './config.ts'
import { resourcesFor } from './oci-resources.ts'

const v2: HostFacts = {
  cgroupVersion: 2,
  cgroupHierarchies: ['/sys/fs/cgroup'],
  cgroup: featuresOfV2(['memory', 'cpu', 'cpuset', 'io', 'pids']),
  cpuset: { cpus: '0-3', memoryNodes: '0' },
  hasAppArmor: false,
  canLoadProfiles: false,
  capabilities: 0n,
  cpuCount: 4,
  memoryBytes: 8e9,
  kernelVersion: '6.1',
  operatingSystem: 'Linux',
  osVersion: '1',
}

describe('resourcesFor', () => {
  it.each<[string, Resources, object]>([
    ['nothing limited', {}, {}],
    ['zeros mean nothing', { Memory: 0, NanoCpus: 0, CpuShares: 0 }, {}],
    ['memory alone gets as much swap again', { Memory: 64e6 }, { memory: { limit: 64e6, swap: 128e6 } }],
    ['memory with its own swap', { Memory: 64e6, MemorySwap: 70e6 }, { memory: { limit: 64e6, swap: 70e6 } }],
    ['memory with unlimited swap', { Memory: 64e6, MemorySwap: -1 }, { memory: { limit: 64e6, swap: -1 } }],
    ['a reservation', { MemoryReservation: 32e6 }, { memory: { reservation: 32e6 } }],
    ['half a CPU', { NanoCpus: 5e8 }, { cpu: { quota: 50_000, period: 100_000 } }],
    ['a third of a CPU is rounded', { NanoCpus: 333_333_333 }, { cpu: { quota: 33_333, period: 100_000 } }],
    ['quota and period as given', { CpuQuota: 20_000, CpuPeriod: 50_000 }, { cpu: { quota: 20_000, period: 50_000 } }],
    ['shares and sets', { CpuShares: 512, CpusetCpus: '0-1', CpusetMems: '0' }, { cpu: { shares: 512, cpus: '0-1', mems: '0' } }],
    ['processes', { PidsLimit: 20 }, { pids: { limit: 20 } }],
    ['no processes is no limit', { PidsLimit: 0 }, { pids: { limit: -1 } }],
    ['nor is -1', { PidsLimit: -1 }, { pids: { limit: -1 } }],
    ['block weight', { BlkioWeight: 300 }, { blockIO: { weight: 300 } }],
    ['a device', { BlkioDeviceReadBps: [{ Path: '/dev/null', Rate: 5 }] }, { blockIO: { throttleReadBpsDevice: [{ major: 1, minor: 3, rate: 5 }] } }],
    ['what only cgroup v1 has is left out', { MemorySwappiness: 10, OomKillDisable: true }, {}],
  ])('%s', (_, limits, expected) => expect(resourcesFor(limits, v2)).toEqual(expected))

  it('says v1 what only v1 has', () => {
    expect(resourcesFor({ MemorySwappiness: 0, OomKillDisable: true }, { ...v2, cgroupVersion: 1, cgroup: featuresOfV1(() => true) })).toEqual({
      memory: { swappiness: 0, disableOOMKiller: true },
    })
  })
})
