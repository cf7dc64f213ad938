import { describe, expect, it } from 'vitest'
import type { HostFacts } from '../linux/facts.ts'
import type { ContainerConfig, HostConfig } from './config.ts'
import { validateCreate } from './validate.ts'

const facts: HostFacts = {
  cgroupVersion: 2,
  cgroupHierarchies: [],
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
  [{ NanoCpus: 1e6 }, 'range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available'],
  [{ NanoCpus: 1e9, CpuQuota: 50_000 }, 'Conflicting options: Nano CPUs and CPU Quota cannot both be set'],
  [{}, "the working directory 'srv' is invalid, it needs to be an absolute path", { WorkingDir: 'srv' }],
  [{}, 'Interval in Healthcheck cannot be less than 1ms', { Healthcheck: { Interval: 999_999 } }],
  [{}, 'Retries in Healthcheck cannot be negative', { Healthcheck: { Retries: -1 } }],
  [{ PortBindings: { 'http/tcp': [] } }, 'invalid port specification: "http/tcp"'],
  [{}, 'invalid port specification: "70000/tcp"', { ExposedPorts: { '70000/tcp': {} } }],
  [{ NetworkMode: 'container:x' }, 'conflicting options: hostname and the network mode', { Hostname: 'h' }],
  [{ NetworkMode: 'container:x', PublishAllPorts: true }, 'conflicting options: port publishing and the container type network mode'],
  [{ NetworkMode: 'container:x', Dns: ['1.1.1.1'] }, 'conflicting options: dns and the network mode'],
  [{ NetworkMode: 'host', Links: ['a:b'] }, "conflicting options: host type networking can't be used with links. This would result in undefined behavior"],
]

describe('validateCreate', () => {
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
    ['ports without protocol and with', { PortBindings: { '80': [], '53/udp': [], '8000-8010/tcp': [] } }],
    ['a healthcheck that inherits', {}, { Healthcheck: { Interval: 0, Timeout: 1e6, Retries: 0 } }],
  ])('takes %s', (_, hostConfig, config = {}) => expect(() => validateCreate(config, hostConfig, facts)).not.toThrow())

  it('says that GPUs are not supported instead of ignoring the wish', () => {
    expect(() => validateCreate({}, { DeviceRequests: [{}] }, facts)).toThrow(expect.objectContaining({ kind: 'not-implemented' }))
  })
})
