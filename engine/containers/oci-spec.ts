import type { HostFacts } from '../linux/facts.ts'
import type { NamespaceSource, OciNamespace, OciProcess, OciSpec } from '../linux/oci.ts'
import { customSeccomp, defaultSeccomp } from '../linux/seccomp/seccomp.ts'
import type { MountPoint } from '../volumes/mount.ts'
import { capabilitiesFor } from './capabilities.ts'
import { wordList } from './config.ts'
import { profileFor } from './confinement.ts'
import type { Container } from './container.ts'
import { deviceRules, devicesFor } from './oci-devices.ts'
import { mountsFor } from './oci-mounts.ts'
import { resourcesFor } from './oci-resources.ts'
import { parseSecurityOptions } from './security-options.ts'
import type { ProcessUser } from './user.ts'

/** @see docker's defaults, shown by inspect as MaskedPaths and ReadonlyPaths */
// biome-ignore format: a table
export const MASKED_PATHS = [
  '/proc/asound', '/proc/acpi', '/proc/interrupts', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list',
  '/proc/timer_stats', '/proc/sched_debug', '/proc/scsi', '/sys/firmware', '/sys/devices/virtual/powercap',
]
export const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** What start has found out or prepared, and the bundle needs. */
export interface SpecInputs {
  readonly rootfs: string
  readonly user: ProcessUser
  readonly cgroupPath: string
  readonly network: NamespaceSource
  /** What links tell. @see linkedContainers */
  readonly linkEnvironment: readonly string[]
  readonly ipc: NamespaceSource
  readonly pid: NamespaceSource
  readonly hostFiles: { readonly hosts: string; readonly resolvConf: string; readonly hostname: string } | undefined
  readonly shmPath: string | undefined
  readonly initPath: string | undefined
  /** Where the host has what is mounted. */
  readonly sourceOf: (mount: MountPoint) => string
  /** Whether the runtime takes `rro`. */
  readonly hasRecursiveReadOnly: boolean
  readonly facts: HostFacts
}

/** The OCI bundle configuration of a container. Pure: the same inputs give the same bundle. */
export function ociSpec(container: Container, inputs: SpecInputs): OciSpec {
  const { config, hostConfig } = container.spec
  const isPrivileged = hostConfig.Privileged ?? false
  const namespaces = namespacesFor(container, inputs)
  const sharesHostUts = hostConfig.UTSMode === 'host'
  return {
    ociVersion: '1.0.2',
    process: containerProcess(container, inputs),
    root: { path: inputs.rootfs, readonly: hostConfig.ReadonlyRootfs ?? false },
    ...(sharesHostUts ? {} : { hostname: config.Hostname ?? '' }),
    mounts: mountsFor(container, inputs),
    annotations: hostConfig.Annotations ?? {},
    linux: {
      namespaces,
      cgroupsPath: inputs.cgroupPath,
      resources: { ...resourcesFor(hostConfig, inputs.facts), devices: deviceRules(hostConfig) },
      devices: devicesFor(hostConfig),
      seccomp: seccompFor(container, inputs.facts),
      maskedPaths: isPrivileged ? [] : (hostConfig.MaskedPaths ?? MASKED_PATHS),
      readonlyPaths: isPrivileged ? [] : (hostConfig.ReadonlyPaths ?? READONLY_PATHS),
      sysctl: sysctls(container, inputs),
      rootfsPropagation: rootPropagation(container),
    },
  }
}

/** What is mounted in a container shows outside only if its root lets it. */
function rootPropagation({ spec }: Container): string {
  const has = (kind: string) => spec.mounts.some(({ propagation }) => propagation.endsWith(kind))
  return has('shared') ? 'shared' : has('slave') ? 'rslave' : 'rprivate'
}

function containerProcess(container: Container, inputs: SpecInputs): OciProcess {
  const { config, hostConfig, path, args } = container.spec
  const command = [path, ...args]
  const [height = 0, width = 0] = hostConfig.ConsoleSize ?? []
  return {
    terminal: container.hasTty,
    ...(container.hasTty && height > 0 && width > 0 && { consoleSize: { height, width } }),
    user: ociUser(inputs.user),
    args: inputs.initPath ? ['/sbin/docker-init', '--', ...command] : command,
    env: environmentFor(container, inputs.user, inputs.linkEnvironment),
    cwd: config.WorkingDir || '/',
    ...privilegesFor(container, inputs.facts, inputs.user.uid === 0),
    oomScoreAdj: hostConfig.OomScoreAdj ?? 0,
  }
}

/** The primary group is also a supplementary one: files that are closed to it stay closed. @see CVE-2022-36109 */
export function ociUser({ uid, gid, additionalGids }: ProcessUser): OciProcess['user'] {
  return { uid, gid, additionalGids: [...new Set([gid, ...additionalGids])] }
}

/**
 * Capabilities, limits and confinement of the container's process and of execs in it.
 * @param isRoot others hold capabilities only as a bound: docker drops the rest of the sets
 */
export function privilegesFor(
  container: Container,
  facts: HostFacts,
  isRoot: boolean,
  isPrivilegedExec = false,
): Pick<OciProcess, 'capabilities' | 'noNewPrivileges' | 'apparmorProfile' | 'rlimits'> {
  const { hostConfig } = container.spec
  const { noNewPrivileges } = parseSecurityOptions(hostConfig.SecurityOpt)
  const apparmorProfile = profileFor(hostConfig, facts)
  const bounding = capabilitiesFor(
    {
      isPrivileged: isPrivilegedExec || (hostConfig.Privileged ?? false),
      add: wordList(hostConfig.CapAdd) ?? [],
      drop: wordList(hostConfig.CapDrop) ?? [],
    },
    facts.capabilities,
  )
  const held = isRoot ? bounding : []
  return {
    capabilities: { bounding, effective: held, permitted: held, inheritable: [], ambient: [] },
    noNewPrivileges,
    ...(apparmorProfile !== undefined && { apparmorProfile }),
    rlimits: (hostConfig.Ulimits ?? []).map(({ Name, Hard, Soft }) => ({ type: `RLIMIT_${Name.toUpperCase()}`, hard: Hard, soft: Soft })),
  }
}

/** The environment of the container's process; later entries of the same name win. */
export function environmentFor(container: Container, user: ProcessUser, linked: readonly string[] = []): string[] {
  const { config } = container.spec
  const entries = new Map<string, string>()
  const defaults = [DEFAULT_PATH, `HOSTNAME=${config.Hostname ?? ''}`, ...(container.hasTty ? ['TERM=xterm'] : [])]
  for (const entry of [...defaults, ...linked, ...(config.Env ?? []), ...container.secretEnvironment]) {
    if (entry.includes('=')) entries.set(entry.slice(0, entry.indexOf('=')), entry)
    else entries.delete(entry) // `NAME` without a value removes it.
  }
  if (!entries.has('HOME')) entries.set('HOME', `HOME=${user.home}`)
  return [...entries.values()]
}

function namespacesFor(container: Container, inputs: SpecInputs): OciNamespace[] {
  const { hostConfig } = container.spec
  const uts: NamespaceSource = hostConfig.UTSMode === 'host' ? { kind: 'host' } : { kind: 'own' }
  // dockerd's default: a cgroup namespace of its own on cgroup v2, the host's on v1.
  const cgroup: NamespaceSource = cgroupNamespaceMode(container, inputs.facts) === 'private' ? { kind: 'own' } : { kind: 'host' }
  const sources: [OciNamespace['type'], NamespaceSource][] = [
    ['mount', { kind: 'own' }],
    ['network', inputs.network],
    ['ipc', inputs.ipc],
    ['pid', inputs.pid],
    ['uts', uts],
    ['cgroup', cgroup],
  ]
  return sources.flatMap(([type, source]) => (source.kind === 'host' ? [] : [source.kind === 'path' ? { type, path: source.path } : { type }]))
}

export function cgroupNamespaceMode(container: Container, facts: HostFacts): string {
  return container.spec.hostConfig.CgroupnsMode || (facts.cgroupVersion === 2 ? 'private' : 'host')
}

function seccompFor(container: Container, facts: HostFacts): unknown {
  const { seccomp: profile } = parseSecurityOptions(container.spec.hostConfig.SecurityOpt)
  if (profile === 'unconfined' || (container.spec.hostConfig.Privileged && profile === undefined)) return undefined
  const bounding = privilegesFor(container, facts, true).capabilities?.bounding ?? []
  return profile === undefined || profile === 'builtin' ? defaultSeccomp(bounding) : customSeccomp(profile, bounding)
}

function sysctls(container: Container, inputs: SpecInputs): Record<string, string> {
  const { config, hostConfig } = container.spec
  // Without this, a container needs CAP_NET_BIND_SERVICE and CAP_NET_RAW for what docker allows everyone.
  const open: Record<string, string> =
    inputs.network.kind === 'host' || hostConfig.NetworkMode?.startsWith('container:')
      ? {}
      : { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': '0 2147483647' }
  const domain: Record<string, string> = config.Domainname && hostConfig.UTSMode !== 'host' ? { 'kernel.domainname': config.Domainname } : {}
  return { ...open, ...domain, ...hostConfig.Sysctls }
}
