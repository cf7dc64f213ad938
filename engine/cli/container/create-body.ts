import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { messageOf } from '../../errors.ts'
import type { ContainerFlags } from './create-flags.ts'
import { readEnvironment, readLabels } from './env-file.ts'
import { endpointsConfig, type NetworkChoice } from './network-flag.ts'
import { portMaps } from './published-ports.ts'
import { deviceMapping, type Ulimit } from './resource-flags.ts'

/** The body of `POST /containers/create`, as far as we look into it again. @see Engine API 1.51 ContainerCreate */
export interface CreateBody {
  Image: string
  readonly Tty: boolean
  readonly OpenStdin: boolean
  AttachStdin: boolean
  AttachStdout: boolean
  AttachStderr: boolean
  StdinOnce: boolean
  readonly HostConfig: {
    readonly AutoRemove: boolean
    readonly Dns: readonly string[]
    ConsoleSize: readonly [number, number]
    readonly [key: string]: unknown
  }
  readonly [key: string]: unknown
}

/**
 * What `docker run` asks the API for.
 * @param argv the image's name, then the command
 * @throws Error with docker's words, for flags that make no sense together
 */
export function createBody([image = '', ...argv]: readonly string[], flags: ContainerFlags): CreateBody {
  const { attach = [], interactive = false, tty = false } = flags
  const attachesStdin = interactive || attach.includes('stdin')
  const ports = portMaps(flags.publish, flags.expose)
  const { binds, anonymous } = splitVolumes(flags.volume)
  const networks = endpointsConfig(networksOf(flags), {
    aliases: [...(flags.netAlias ?? []), ...(flags.networkAlias ?? [])],
    links: flags.link ?? [],
    ipv4: flags.ip,
    ipv6: flags.ip6,
    macAddress: flags.macAddress,
  })
  return {
    Hostname: flags.hostname ?? '',
    Domainname: flags.domainname ?? '',
    User: flags.user ?? '',
    AttachStdin: attachesStdin,
    AttachStdout: attach.length === 0 || attach.includes('stdout'),
    AttachStderr: attach.length === 0 || attach.includes('stderr'),
    ExposedPorts: ports.exposed,
    Tty: tty,
    OpenStdin: interactive,
    StdinOnce: interactive && attachesStdin,
    Env: readEnvironment(flags.envFile, flags.env),
    Cmd: argv.length > 0 ? argv : null,
    Image: image,
    Volumes: Object.fromEntries(anonymous.map((path) => [path, {}])),
    WorkingDir: flags.workdir ?? '',
    Entrypoint: flags.entrypoint === undefined ? null : [flags.entrypoint],
    Labels: mapOf(readLabels(flags.labelFile, flags.label)),
    ...(flags.stopSignal !== undefined && { StopSignal: flags.stopSignal }),
    ...(flags.stopTimeout !== undefined && { StopTimeout: flags.stopTimeout }),
    ...healthcheck(flags),
    HostConfig: hostConfig(flags, ports.bindings, binds),
    NetworkingConfig: { EndpointsConfig: networks },
  }
}

function networksOf({ network, net }: ContainerFlags): NetworkChoice[] {
  return [...(net ?? []), ...(network ?? [])]
}

function hostConfig(flags: ContainerFlags, PortBindings: object, Binds: readonly string[]): CreateBody['HostConfig'] {
  const { rm: AutoRemove = false, memorySwappiness: MemorySwappiness = -1 } = flags
  const RestartPolicy = restartPolicy(flags.restart ?? 'no')
  if (AutoRemove && RestartPolicy.Name !== 'no' && RestartPolicy.Name !== '') throw new Error('conflicting options: cannot specify both --restart and --rm')
  if (MemorySwappiness !== -1 && (MemorySwappiness < 0 || MemorySwappiness > 100)) {
    throw new Error(`invalid value: ${MemorySwappiness}. Valid memory swappiness range is 0-100`)
  }
  if (flags.logDriver === 'none' && flags.logOpt) throw new Error('invalid logging opts for driver none')
  return {
    Binds,
    ContainerIDFile: flags.cidfile ?? '',
    LogConfig: { Type: flags.logDriver ?? '', Config: mapOf(flags.logOpt ?? []) },
    NetworkMode: networksOf(flags)[0]?.target ?? 'default',
    PortBindings,
    RestartPolicy,
    AutoRemove,
    VolumesFrom: flags.volumesFrom ?? null,
    ConsoleSize: [0, 0],
    CapAdd: capabilities(flags.capAdd),
    CapDrop: capabilities(flags.capDrop),
    CgroupnsMode: checked(flags.cgroupns ?? '', /^(|private|host)$/, '--cgroupns: invalid CGROUP mode'),
    Dns: flags.dns ?? [],
    DnsOptions: [...(flags.dnsOpt ?? []), ...(flags.dnsOption ?? [])],
    DnsSearch: flags.dnsSearch ?? [],
    ExtraHosts: flags.addHost ?? null,
    GroupAdd: flags.groupAdd ?? null,
    IpcMode: flags.ipc ?? '',
    Links: flags.link ?? null,
    OomScoreAdj: flags.oomScoreAdj ?? 0,
    PidMode: checked(flags.pid ?? '', /^(|host|container:.+)$/, '--pid: invalid PID mode'),
    Privileged: flags.privileged ?? false,
    PublishAllPorts: flags.publishAll ?? false,
    ReadonlyRootfs: flags.readOnly ?? false,
    ...securityOptions(flags.securityOpt ?? []),
    ...(flags.sysctl && { Sysctls: mapOf(flags.sysctl) }),
    ...(flags.tmpfs && { Tmpfs: tmpfs(flags.tmpfs) }),
    UTSMode: checked(flags.uts ?? '', /^(|host)$/, '--uts: invalid UTS mode'),
    UsernsMode: checked(flags.userns ?? '', /^(|host)$/, '--userns: invalid USER mode'),
    ShmSize: flags.shmSize ?? 0,
    ...(flags.runtime !== undefined && { Runtime: flags.runtime }),
    ...(flags.init !== undefined && { Init: flags.init }),
    ...(flags.mount && { Mounts: flags.mount }),
    ...resources(flags),
    MemorySwappiness,
  }
}

function resources(flags: ContainerFlags): object {
  return {
    CpuShares: flags.cpuShares ?? 0,
    Memory: flags.memory ?? 0,
    NanoCpus: flags.cpus ?? 0,
    CgroupParent: flags.cgroupParent ?? '',
    CpuPeriod: flags.cpuPeriod ?? 0,
    CpuQuota: flags.cpuQuota ?? 0,
    CpusetCpus: flags.cpusetCpus ?? '',
    CpusetMems: flags.cpusetMems ?? '',
    Devices: (flags.device ?? []).map(deviceMapping),
    MemoryReservation: flags.memoryReservation ?? 0,
    MemorySwap: flags.memorySwap ?? 0,
    OomKillDisable: flags.oomKillDisable ?? false,
    PidsLimit: flags.pidsLimit ?? 0,
    Ulimits: lastOfEach(flags.ulimit ?? []),
  }
}

/** `net_admin` → `CAP_NET_ADMIN`, each once. */
function capabilities(names: readonly string[] | undefined): string[] | null {
  const full = names?.map((name) => name.toUpperCase()).map((name) => (name === 'ALL' || name.startsWith('CAP_') ? name : `CAP_${name}`))
  return full ? [...new Set(full)].sort() : null
}

function lastOfEach(limits: readonly Ulimit[]): Ulimit[] {
  return [...new Map(limits.map((limit) => [limit.Name, limit])).values()].sort((a, b) => (a.Name < b.Name ? -1 : 1))
}

function checked(value: string, pattern: RegExp, message: string): string {
  if (!pattern.test(value)) throw new Error(message)
  return value
}

/** `no`, `always`, `unless-stopped`, `on-failure[:COUNT]`; what is none of them is the daemon's to refuse. */
function restartPolicy(text: string): { readonly Name: string; readonly MaximumRetryCount: number } {
  const [Name = '', count = ''] = text.split(/:(.*)/s)
  if (text.startsWith(':')) throw new Error('invalid restart policy format: no policy provided before colon')
  if (count !== '' && !/^[+-]?\d+$/.test(count)) throw new Error('invalid restart policy format: maximum retry count must be an integer')
  return { Name, MaximumRetryCount: Number(count) }
}

/** `SOURCE:TARGET[:OPTIONS]` is a bind, a lone path an anonymous volume. */
function splitVolumes(texts: readonly string[] = []): { binds: string[]; anonymous: string[] } {
  const binds: string[] = []
  const anonymous: string[] = []
  for (const text of texts) {
    const parts = text.split(':')
    if (text === '') throw new Error('invalid empty volume spec')
    if (parts.includes('') && text.length > 2) throw new Error(`invalid spec: ${text}: empty section between colons`)
    if (parts.length > 3) throw new Error(`invalid spec: ${text}: too many colons`)
    const [source = '', ...rest] = parts
    if (rest.length === 0 || text.length <= 2) anonymous.push(text)
    else binds.push([source.startsWith('.') ? resolve(source) : source, ...rest].join(':'))
  }
  return { binds, anonymous }
}

/** A seccomp profile is read here: the daemon may be on another machine. */
function securityOptions(texts: readonly string[]): object {
  const SecurityOpt = texts.filter((text) => text !== 'systempaths=unconfined').map(securityOption)
  const hasAllPaths = SecurityOpt.length < texts.length
  return { SecurityOpt: texts.length === 0 ? null : SecurityOpt, MaskedPaths: hasAllPaths ? [] : null, ReadonlyPaths: hasAllPaths ? [] : null }
}

function securityOption(text: string): string {
  const [, name = text, value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? /^([^:]*):(.*)$/s.exec(text) ?? []
  if (name === 'no-new-privileges') return text
  if (value === '') throw new Error(`Invalid --security-opt: ${JSON.stringify(text)}`)
  if (name !== 'seccomp' || value === 'unconfined' || value === 'builtin') return text
  return `seccomp=${compactJson(readProfile(value), value)}`
}

function readProfile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Error(`opening seccomp profile (${path}) failed: ${messageOf(error)}`, { cause: error })
  }
}

function compactJson(text: string, path: string): string {
  try {
    return JSON.stringify(JSON.parse(text))
  } catch (error) {
    throw new Error(`compacting json for seccomp profile (${path}) failed: ${messageOf(error)}`, { cause: error })
  }
}

function healthcheck(flags: ContainerFlags): object {
  const { healthCmd, healthInterval = 0, healthTimeout = 0, healthStartPeriod = 0, healthStartInterval = 0, healthRetries = 0 } = flags
  const isAsked = healthCmd !== undefined || [healthInterval, healthTimeout, healthStartPeriod, healthStartInterval, healthRetries].some((value) => value !== 0)
  if (!flags.healthcheck) {
    if (isAsked) throw new Error('--no-healthcheck conflicts with --health-* options')
    return { Healthcheck: { Test: ['NONE'] } }
  }
  if (!isAsked) return {}
  if (healthRetries < 0) throw new Error('--health-retries cannot be negative')
  const Test = healthCmd === undefined ? null : ['CMD-SHELL', healthCmd]
  const Healthcheck = {
    Test,
    Interval: healthInterval,
    Timeout: healthTimeout,
    StartPeriod: healthStartPeriod,
    StartInterval: healthStartInterval,
    Retries: healthRetries,
  }
  return { Healthcheck }
}

/** `PATH[:OPTIONS]` */
function tmpfs(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(texts.map((text) => [text.split(':', 1)[0], text.includes(':') ? text.slice(text.indexOf(':') + 1) : '']))
}

/** `key=value` texts as a map; the last one of a key wins. */
function mapOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(pairs.map((pair) => [pair.split('=', 1)[0], pair.includes('=') ? pair.slice(pair.indexOf('=') + 1) : '']))
}
