import { isIP } from 'node:net'
import { EngineError } from '../errors.ts'
import type { HostFacts } from '../linux/facts.ts'
import { signalNumber } from '../linux/process.ts'
import type { ContainerConfig, HostConfig, RestartPolicy } from './config.ts'
import { validateNamespaces } from './validate-namespaces.ts'
import { validateResources } from './validate-resources.ts'

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
  validateEnvironment(config)
  if (config.StopSignal && signalNumber(config.StopSignal) === undefined) throw invalid(`invalid signal: ${config.StopSignal}`)
  validateNamespaces(hostConfig)
  validateSettings(hostConfig)
  for (const [port, bindings] of Object.entries(hostConfig.PortBindings ?? {})) {
    validatePort(port)
    for (const binding of bindings ?? []) validateBinding(binding)
  }
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

function validateHealthcheck(config: ContainerConfig): void {
  const { Interval, Timeout, StartPeriod, StartInterval, Retries = 0 } = config.Healthcheck ?? {}
  const durations = { Interval, Timeout, StartPeriod, StartInterval }
  for (const [name, value = 0] of Object.entries(durations)) {
    if (value !== 0 && value < 1e6) throw invalid(`${name} in Healthcheck cannot be less than 1ms`)
  }
  if (Retries < 0) throw invalid('Retries in Healthcheck cannot be negative')
}

function validateEnvironment({ Env = [] }: ContainerConfig): void {
  for (const entry of Env) if (entry === '' || entry.startsWith('=')) throw invalid(`invalid environment variable: ${entry}`)
}

function validateSettings({ ShmSize = 0, OomScoreAdj = 0, Isolation = '', StorageOpt = {}, Tmpfs = {}, ExtraHosts = [] }: HostConfig): void {
  if (ShmSize < 0) throw invalid('SHM size can not be less than 0')
  if (Math.abs(OomScoreAdj) > 1000) throw invalid(`Invalid value ${OomScoreAdj}, range for oom score adj is [-1000, 1000]`)
  if (Isolation !== '' && Isolation.toLowerCase() !== 'default') throw invalid(`invalid isolation (${Isolation}): linux only supports 'default'`)
  for (const option of Object.keys(StorageOpt)) {
    // Sic: docker answers 500. Quotas would need a file system and mount options that overlayfs on ext4 does not have.
    if (option.toLowerCase() !== 'size') throw new EngineError('system', `Unknown option ${option}`)
    throw new EngineError('system', "--storage-opt is supported only for overlay over xfs with 'pquota' mount option")
  }
  for (const destination of Object.keys(Tmpfs)) {
    if (!destination.startsWith('/')) throw invalid(`invalid mount path: '${destination}' mount path must be absolute`)
    if (/^\/+$/.test(destination)) throw invalid("invalid specification: destination can't be '/'")
  }
  for (const text of ExtraHosts) validateExtraHost(text)
}

/** `name:address` or `name=address`. */
function validateExtraHost(text: string): void {
  const [, name = '', address = ''] = /^([^=]*)=(.*)$/.exec(text) ?? /^([^:]*):(.*)$/.exec(text) ?? []
  if (name === '') throw invalid(`bad format for add-host: ${JSON.stringify(text)}`)
  const bare = /^\[(.+)\]$/.exec(address)?.[1] ?? address
  if (bare !== 'host-gateway' && isIP(bare) === 0) throw invalid(`invalid IP address in add-host: ${JSON.stringify(address)}`)
}

function validateNetworkMode(config: ContainerConfig, hostConfig: HostConfig): void {
  const mode = hostConfig.NetworkMode ?? ''
  const isJoined = mode.startsWith('container:')
  if (mode === 'container:' || mode === 'container') throw invalid('invalid network mode: invalid container format container:<name|id>')
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

/** The host's side: an address or none, a port, a range of them or none. */
function validateBinding({ HostIp: address = '', HostPort: port = '' }: { readonly HostIp?: string; readonly HostPort?: string }): void {
  const [, first = 0, last = first] = /^(\d+)(?:-(\d+))?$/.exec(port) ?? []
  const isRange = port === '' || (Number(first) > 0 && Number(first) <= Number(last) && Number(last) <= 65535)
  if (!isRange && port !== '0') throw invalid(`invalid port specification: ${JSON.stringify(port)}`)
  if (address !== '' && isIP(address) === 0) throw invalid(`invalid IP address: ${address}`)
}

function invalid(message: string): EngineError {
  return new EngineError('invalid', message)
}
