import { describe, expect, it } from 'vitest'
import { featuresOfV2 } from '../linux/cgroup-features.ts'
import type { HostFacts } from '../linux/facts.ts'
import type { ContainerConfig, HostConfig } from './config.ts'
import { validateCreate } from './validate.ts'

const facts: HostFacts = {
  cgroupVersion: 2,
  cgroupHierarchies: [],
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
const MB = 1024 * 1024

const REFUSED: readonly [HostConfig, string, ContainerConfig?][] = [
  [
    { RestartPolicy: { Name: 'sometimes' } },
    "invalid restart policy: unknown policy 'sometimes'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'",
  ],
  [{ RestartPolicy: { Name: 'always', MaximumRetryCount: 2 } }, "invalid restart policy: maximum retry count can only be used with 'on-failure'"],
  [
    { RestartPolicy: { Name: 'no', MaximumRetryCount: -2 } },
    "invalid restart policy: maximum retry count can only be used with 'on-failure' and cannot be negative",
  ],
  [{ RestartPolicy: { Name: 'on-failure', MaximumRetryCount: -1 } }, 'invalid restart policy: maximum retry count cannot be negative'],
  [{ RestartPolicy: { Name: 'always' }, AutoRemove: true }, "can't create 'AutoRemove' container with restart policy"],
  [{ Memory: 6 * MB - 1 }, 'Minimum memory limit allowed is 6MB'],
  [{ Memory: 64 * MB, MemorySwap: 32 * MB }, 'Minimum memoryswap limit should be larger than memory limit, see usage'],
  [{ MemorySwap: 64 * MB }, 'You should always set the Memory limit when using Memoryswap limit, see usage'],
  [{ NanoCpus: 4.01e9 }, 'range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available'],
  [{ NanoCpus: -1 }, 'range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available'],
  [{ NanoCpus: 1e9, CpuPeriod: 5000 }, 'Conflicting options: Nano CPUs and CPU Period cannot both be set'],
  [{ CpuPeriod: 999 }, 'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)'],
  [{ CpuQuota: 999 }, 'CPU cfs quota can not be less than 1ms (i.e. 1000)'],
  [{ CpuShares: -1 }, 'invalid CPU shares (-1): value must be a positive integer'],
  [{ CpuRealtimePeriod: 1000 }, 'kernel does not support CPU real-time scheduler'],
  [{ CpusetCpus: '3-4' }, 'Requested CPUs are not available - requested 3-4, available: 0-3'],
  [{ CpusetCpus: 'a-b' }, 'Invalid value a-b for cpuset cpus: invalid format: a-b'],
  [{ CpusetMems: '1' }, 'Requested memory nodes are not available - requested 1, available: 0'],
  [{ BlkioWeight: 5 }, 'Range of blkio weight is from 10 to 1000'],
  [{ IOMaximumIOps: 5 }, 'invalid option: QoS maximum IOPs configuration is not supported on linux'],
  [{ IOMaximumBandwidth: 5 }, 'invalid option: QoS maximum bandwidth configuration is not supported on linux'],
  [{ MemorySwappiness: 101 }, 'Invalid value: 101, valid memory swappiness range is 0-100'],
  [{ MemorySwappiness: -2 }, 'Invalid value: -2, valid memory swappiness range is 0-100'],
  [{ MemoryReservation: 6 * MB - 1 }, 'Minimum memory reservation allowed is 6MB'],
  [{ Memory: 8 * MB, MemoryReservation: 9 * MB }, 'Minimum memory limit can not be less than memory reservation limit, see usage'],
  [{ ShmSize: -1 }, 'SHM size can not be less than 0'],
  [{ OomScoreAdj: 1001 }, 'Invalid value 1001, range for oom score adj is [-1000, 1000]'],
  [{ Isolation: 'hyperv' }, "invalid isolation (hyperv): linux only supports 'default'"],
  [{ IpcMode: 'mine' }, 'invalid IPC mode: mine'],
  [{ IpcMode: 'container:' }, 'invalid IPC mode: container:'],
  [{ PidMode: 'private' }, 'invalid PID mode: private'],
  [{ UTSMode: 'container:x' }, 'invalid UTS mode: container:x'],
  [{ UsernsMode: 'keep-id' }, 'invalid user namespace mode: keep-id'],
  [{ CgroupnsMode: 'shared' }, 'invalid cgroup namespace mode: shared'],
  [{ Tmpfs: { run: '' } }, "invalid mount path: 'run' mount path must be absolute"],
  [{ Tmpfs: { '/': '' } }, "invalid specification: destination can't be '/'"],
  [{ ExtraHosts: ['db'] }, 'bad format for add-host: "db"'],
  [{ ExtraHosts: ['db:1.2'] }, 'invalid IP address in add-host: "1.2"'],
  [{}, 'invalid signal: SIGFOO', { StopSignal: 'SIGFOO' }],
  [{}, 'invalid environment variable: =x', { Env: ['A=1', '=x'] }],
  [{}, 'invalid environment variable: ', { Env: [''] }],
  [{ NanoCpus: 1e9, CpuQuota: 50_000 }, 'Conflicting options: Nano CPUs and CPU Quota cannot both be set'],
  [{}, "the working directory 'srv' is invalid, it needs to be an absolute path", { WorkingDir: 'srv' }],
  [{}, 'Interval in Healthcheck cannot be less than 1ms', { Healthcheck: { Interval: 999_999 } }],
  [{}, 'Retries in Healthcheck cannot be negative', { Healthcheck: { Retries: -1 } }],
  [{ PortBindings: { 'http/tcp': [] } }, 'invalid port specification: "http/tcp"'],
  [{ PortBindings: { '80/tcp': [{ HostPort: 'x' }] } }, 'invalid port specification: "x"'],
  [{ PortBindings: { '80/tcp': [{ HostPort: '99999' }] } }, 'invalid port specification: "99999"'],
  [{ PortBindings: { '80/tcp': [{ HostPort: '9-8' }] } }, 'invalid port specification: "9-8"'],
  [{ PortBindings: { '80/tcp': [{ HostIp: 'x', HostPort: '80' }] } }, 'invalid IP address: x'],
  [{ NetworkMode: 'container:' }, 'invalid network mode: invalid container format container:<name|id>'],
  [{}, 'invalid port specification: "70000/tcp"', { ExposedPorts: { '70000/tcp': {} } }],
  [{ NetworkMode: 'container:x' }, 'conflicting options: hostname and the network mode', { Hostname: 'h' }],
  [{ NetworkMode: 'container:x', PublishAllPorts: true }, 'conflicting options: port publishing and the container type network mode'],
  [{ NetworkMode: 'container:x', Dns: ['1.1.1.1'] }, 'conflicting options: dns and the network mode'],
  [{ NetworkMode: 'host', Links: ['a:b'] }, "conflicting options: host type networking can't be used with links. This would result in undefined behavior"],
]

const REFUSED_AS_500: readonly [HostConfig, string][] = [
  [{ StorageOpt: { size: '10G' } }, "--storage-opt is supported only for overlay over xfs with 'pquota' mount option"],
  [{ StorageOpt: { speed: '10G' } }, 'Unknown option speed'],
]

const ACCEPTED: readonly [HostConfig, ContainerConfig?][] = [
  [{ IpcMode: 'container:x', PidMode: 'container:x', UTSMode: 'host', UsernsMode: 'host', CgroupnsMode: 'private' }],
  [{ IpcMode: 'none' }],
  [{ IpcMode: 'shareable', PidMode: 'host', Isolation: 'Default' }],
  [{ ExtraHosts: ['a:1.2.3.4', 'b=::1', 'c:::1', 'd:host-gateway', 'e=[::1]'] }],
  [{ NanoCpus: 1000, MemorySwappiness: 0 }],
  [{ CpusetCpus: '0-1,3', CpusetMems: '0' }],
  [{ Tmpfs: { '/run': '' } }, { StopSignal: 'RTMIN+3', Env: ['A', 'B='] }],
]

describe('validateCreate', () => {
  it.each(REFUSED_AS_500)('%j: %s', (hostConfig, message) => {
    expect(() => validateCreate({}, hostConfig, facts)).toThrow(expect.objectContaining({ kind: 'system', message }))
  })

  it.each(ACCEPTED)('%j is fine', (hostConfig, config = {}) => expect(() => validateCreate(config, hostConfig, facts)).not.toThrow())

  it.each(REFUSED)('%j: %s', (hostConfig, message, config = {}) => {
    expect(() => validateCreate(config, hostConfig, facts)).toThrow(expect.objectContaining({ kind: 'invalid', message }))
  })

  it.each<[string, HostConfig, ContainerConfig?]>([
    ['nothing asked', {}],
    ['the smallest memory', { Memory: 6 * MB }],
    ['as much swap as memory', { Memory: 6 * MB, MemorySwap: 6 * MB }],
    ['unlimited swap', { Memory: 6 * MB, MemorySwap: -1 }],
    ['all CPUs', { NanoCpus: 4e9 }],
    ['a retry count without a policy, as old clients send', { RestartPolicy: { Name: '', MaximumRetryCount: 5 } }],
    ['--rm with the policy no', { RestartPolicy: { Name: 'no' }, AutoRemove: true }],
    ['ports of the host of every kind', { PortBindings: { '80': [{}, { HostPort: '' }, { HostPort: '0' }, { HostIp: '::1', HostPort: '1-9' }] } }],
    ['ports without protocol and with', { PortBindings: { '80': [], '53/udp': [], '8000-8010/tcp': [] } }],
    ['a healthcheck that inherits', {}, { Healthcheck: { Interval: 0, Timeout: 1e6, Retries: 0 } }],
  ])('takes %s', (_, hostConfig, config = {}) => expect(() => validateCreate(config, hostConfig, facts)).not.toThrow())
})
