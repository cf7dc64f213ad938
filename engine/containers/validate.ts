import { EngineError } from '../errors.ts'
import type { HostFacts } from '../linux/facts.ts'
import type { ContainerConfig, HostConfig, Resources, RestartPolicy } from './config.ts'

const MIN_MEMORY_BYTES = 6 * 1024 * 1024
const RESTART_POLICIES = ['no', 'always', 'on-failure', 'unless-stopped']

/**
 * Refuses what can never work, before anything is made.
 * @throws EngineError `invalid` with docker's words
 */
export function validateCreate(config: ContainerConfig, hostConfig: HostConfig, facts: HostFacts): void {
  validateRestartPolicy(hostConfig.RestartPolicy, hostConfig.AutoRemove ?? false)
  validateResources(hostConfig, facts)
  if (config.WorkingDir && !config.WorkingDir.startsWith('/')) {
    throw invalid(`the working directory '${config.WorkingDir}' is invalid, it needs to be an absolute path`)
  }
  validateHealthcheck(config)
  validateNetworkMode(config, hostConfig)
  if (hostConfig.DeviceRequests?.length) throw new EngineError('not-implemented', 'device requests (--gpus) are not supported by this engine')
  for (const port of Object.keys(hostConfig.PortBindings ?? {})) validatePort(port)
  for (const port of Object.keys(config.ExposedPorts ?? {})) validatePort(port)
}

export function validateRestartPolicy(policy: RestartPolicy | undefined, isAutoRemoved: boolean): void {
  const name = policy?.Name || 'no'
  if (!RESTART_POLICIES.includes(name)) {
    throw invalid(`invalid restart policy: unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`)
  }
  // Without a name, old clients send any count.
  const retries = (policy?.Name && policy.MaximumRetryCount) || 0
  if (name !== 'on-failure' && retries !== 0) {
    const negative = retries < 0 ? ' and cannot be negative' : ''
    throw invalid(`invalid restart policy: maximum retry count can only be used with 'on-failure'${negative}`)
  }
  if (retries < 0) throw invalid('invalid restart policy: maximum retry count cannot be negative')
  if (isAutoRemoved && name !== 'no') throw invalid("can't create 'AutoRemove' container with restart policy")
}

/** @param isUpdate what is not mentioned is set already */
export function validateResources(limits: Resources, facts: HostFacts, { isUpdate } = { isUpdate: false }): void {
  const { Memory = 0, MemorySwap = 0, MemoryReservation = 0, NanoCpus = 0, CpuPeriod = 0, CpuQuota = 0 } = limits
  if (Memory !== 0 && Memory < MIN_MEMORY_BYTES) throw invalid('Minimum memory limit allowed is 6MB')
  if (MemorySwap > 0 && Memory === 0 && !isUpdate) throw invalid('You should always set the Memory limit when using Memoryswap limit, see usage')
  if (MemorySwap > 0 && MemorySwap < Memory) throw invalid('Minimum memoryswap limit should be larger than memory limit, see usage')
  if (MemoryReservation !== 0 && MemoryReservation < MIN_MEMORY_BYTES) throw invalid('Minimum memory reservation allowed is 6MB')
  if (Memory > 0 && MemoryReservation > Memory) throw invalid('Minimum memory limit can not be less than memory reservation limit, see usage')
  if (NanoCpus !== 0 && (NanoCpus < 1e7 || NanoCpus > facts.cpuCount * 1e9)) {
    throw invalid(`range of CPUs is from 0.01 to ${facts.cpuCount}.00, as there are only ${facts.cpuCount} CPUs available`)
  }
  if (NanoCpus > 0 && CpuPeriod > 0) throw invalid('Conflicting options: Nano CPUs and CPU Period cannot both be set')
  if (NanoCpus > 0 && CpuQuota > 0) throw invalid('Conflicting options: Nano CPUs and CPU Quota cannot both be set')
  if (CpuPeriod !== 0 && (CpuPeriod < 1000 || CpuPeriod > 1_000_000))
    throw invalid('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)')
  if (CpuQuota > 0 && CpuQuota < 1000) throw invalid('CPU cfs quota can not be less than 1ms (i.e. 1000)')
}

function validateHealthcheck(config: ContainerConfig): void {
  const { Interval, Timeout, StartPeriod, StartInterval, Retries = 0 } = config.Healthcheck ?? {}
  const durations = { Interval, Timeout, StartPeriod, StartInterval }
  for (const [name, value = 0] of Object.entries(durations)) {
    if (value !== 0 && value < 1e6) throw invalid(`${name} in Healthcheck cannot be less than 1ms`)
  }
  if (Retries < 0) throw invalid('Retries in Healthcheck cannot be negative')
}

function validateNetworkMode(config: ContainerConfig, hostConfig: HostConfig): void {
  const mode = hostConfig.NetworkMode ?? ''
  const isJoined = mode.startsWith('container:')
  if (isJoined && config.Hostname) throw invalid('conflicting options: hostname and the network mode')
  if (mode === 'host' && hostConfig.Links?.length)
    throw invalid("conflicting options: host type networking can't be used with links. This would result in undefined behavior")
  if (isJoined && hostConfig.Links?.length)
    throw invalid("conflicting options: container type network can't be used with links. This would result in undefined behavior")
  if (isJoined && hostConfig.Dns?.length) throw invalid('conflicting options: dns and the network mode')
  if (isJoined && hostConfig.ExtraHosts?.length) throw invalid('conflicting options: custom host-to-IP mapping and the network mode')
  if (isJoined && (Object.keys(hostConfig.PortBindings ?? {}).length > 0 || hostConfig.PublishAllPorts)) {
    throw invalid('conflicting options: port publishing and the container type network mode')
  }
  if (isJoined && Object.keys(config.ExposedPorts ?? {}).length > 0) throw invalid('conflicting options: port exposing and the container type network mode')
  if (hostConfig.UTSMode === 'host' && config.Hostname) throw invalid('conflicting options: hostname and the UTS mode')
}

function validatePort(port: string): void {
  const found = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/i.exec(port)
  if (!found || Number(found[1]) > 65535 || Number(found[2] ?? 0) > 65535) throw invalid(`invalid port specification: "${port}"`)
}

function invalid(message: string): EngineError {
  return new EngineError('invalid', message)
}
