import type { HostConfig } from '../../containers/config.ts'
import { profileFor } from '../../containers/confinement.ts'
import type { Container } from '../../containers/container.ts'
import { linkViews } from '../../containers/links.ts'
import { cgroupNamespaceMode, MASKED_PATHS, READONLY_PATHS } from '../../containers/oci-spec.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import { overlayOf } from '../../containers/rootfs.ts'
import { parseSecurityOptions } from '../../containers/security-options.ts'
import { DEFAULT_SHM_BYTES } from '../../containers/shared-memory.ts'
import { exitCodeOf, isLive, isRunning } from '../../containers/state.ts'
import { goTime, ZERO_TIME } from '../times.ts'
import type { ApiVersion } from '../version.ts'
import { networkSettingsView } from './network-view.ts'

/** @see Engine API 1.51 ContainerInspectResponse */
export function inspectView(parts: ContainerParts, container: Container, version: ApiVersion) {
  const { spec, id } = container
  return {
    Id: id,
    Created: goTime(spec.createdAt),
    Path: spec.path,
    Args: spec.args,
    State: stateView(parts, container),
    Image: spec.imageId,
    ResolvConfPath: parts.paths.resolvConf(id),
    HostnamePath: parts.paths.hostname(id),
    HostsPath: parts.paths.hosts(id),
    // Only docker's default driver has a file that others may read.
    LogPath: spec.hostConfig.LogConfig?.Type === 'json-file' ? parts.paths.log(id) : '',
    Name: `/${spec.name}`,
    RestartCount: spec.restartCount,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: profileView(parts, container),
    ExecIDs: parts.execs.runningIn(id),
    HostConfig: hostConfigView(parts, container),
    GraphDriver: graphDriverView(parts, container),
    Mounts: spec.mounts.map(mountView),
    Config: configView(container),
    NetworkSettings: networkSettingsView(parts, container, version),
  }
}

/** Until it was started, dockerd knows only what was chosen. */
function profileView({ facts }: ContainerParts, { spec, state }: Container): string {
  const chosen = parseSecurityOptions(spec.hostConfig.SecurityOpt).apparmor ?? ''
  return state.status === 'created' ? chosen : (profileFor(spec.hostConfig, facts) ?? chosen)
}

function stateView(parts: ContainerParts, container: Container) {
  const { state } = container
  const health = parts.health.of(container)
  const finishedAt = 'finishedAt' in state ? state.finishedAt : 'lastFinishedAt' in state ? state.lastFinishedAt : undefined
  const failure = 'failure' in state ? state.failure : undefined
  return {
    Status: state.status,
    Running: isRunning(state),
    Paused: state.status === 'paused',
    Restarting: state.status === 'restarting',
    OOMKilled: 'oomKilled' in state ? state.oomKilled : false,
    Dead: state.status === 'dead',
    Pid: isLive(state) ? state.pid : 0,
    ExitCode: exitCodeOf(state),
    Error: failure?.message ?? '',
    StartedAt: 'startedAt' in state ? goTime(state.startedAt) : ZERO_TIME,
    FinishedAt: goTime(finishedAt),
    ...(health && { Health: { Status: health.status, FailingStreak: health.failingStreak, Log: health.log } }),
  }
}

/** What the client sent, with what docker shows for the rest. */
function hostConfigView(parts: ContainerParts, container: Container) {
  const { hostConfig } = container.spec
  const isPrivileged = hostConfig.Privileged ?? false
  return {
    Binds: null,
    ContainerIDFile: '',
    LogConfig: { Type: 'json-file', Config: {} },
    NetworkMode: 'bridge',
    PortBindings: {},
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    AutoRemove: false,
    VolumeDriver: '',
    VolumesFrom: null,
    ConsoleSize: [0, 0],
    CapAdd: null,
    CapDrop: null,
    Dns: [],
    DnsOptions: [],
    DnsSearch: [],
    ExtraHosts: null,
    GroupAdd: null,
    Cgroup: '',
    Links: null,
    OomScoreAdj: 0,
    PidMode: '',
    PublishAllPorts: false,
    ReadonlyRootfs: false,
    SecurityOpt: null,
    UTSMode: '',
    UsernsMode: '',
    Isolation: '',
    CpuShares: 0,
    Memory: 0,
    NanoCpus: 0,
    CgroupParent: '',
    BlkioWeight: 0,
    BlkioWeightDevice: null,
    BlkioDeviceReadBps: null,
    BlkioDeviceWriteBps: null,
    BlkioDeviceReadIOps: null,
    BlkioDeviceWriteIOps: null,
    CpuPeriod: 0,
    CpuQuota: 0,
    CpuRealtimePeriod: 0,
    CpuRealtimeRuntime: 0,
    CpusetCpus: '',
    CpusetMems: '',
    Devices: null,
    DeviceCgroupRules: null,
    DeviceRequests: null,
    MemoryReservation: 0,
    MemorySwap: 0,
    MemorySwappiness: null,
    OomKillDisable: parts.facts.cgroup.oomKillDisable ? false : null,
    PidsLimit: null,
    Ulimits: null,
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
    ...Object.fromEntries(Object.entries(hostConfig).filter(([, value]) => value !== undefined)),
    ...(hostConfig.PortBindings && { PortBindings: bindingsView(hostConfig.PortBindings) }),
    ...(hostConfig.Links?.length && { Links: linkViews(parts, container) }),
    Privileged: isPrivileged,
    IpcMode: hostConfig.IpcMode || 'private',
    CgroupnsMode: cgroupNamespaceMode(container, parts.facts),
    ShmSize: hostConfig.ShmSize || DEFAULT_SHM_BYTES,
    Runtime: hostConfig.Runtime || parts.runtimes.defaultName,
    MaskedPaths: isPrivileged ? null : (hostConfig.MaskedPaths ?? MASKED_PATHS),
    ReadonlyPaths: isPrivileged ? null : (hostConfig.ReadonlyPaths ?? READONLY_PATHS),
  }
}

/** With all fields of each binding, whatever was sent; a port without bindings stays as it is. */
function bindingsView(ports: NonNullable<HostConfig['PortBindings']>) {
  return Object.fromEntries(Object.entries(ports).map(([port, bindings]) => [port, bindings?.map((one) => ({ HostIp: '', HostPort: '', ...one })) ?? null]))
}

function configView(container: Container) {
  const { config } = container.spec
  return {
    ...config,
    Hostname: config.Hostname ?? '',
    Domainname: config.Domainname ?? '',
    User: config.User ?? '',
    AttachStdin: config.AttachStdin ?? false,
    AttachStdout: config.AttachStdout ?? false,
    AttachStderr: config.AttachStderr ?? false,
    Tty: config.Tty ?? false,
    OpenStdin: config.OpenStdin ?? false,
    StdinOnce: config.StdinOnce ?? false,
    Env: config.Env ?? null,
    Cmd: config.Cmd ?? null,
    Image: config.Image ?? '',
    Volumes: config.Volumes ?? null,
    WorkingDir: config.WorkingDir ?? '',
    Entrypoint: config.Entrypoint ?? null,
    OnBuild: config.OnBuild ?? null,
    Labels: config.Labels ?? {},
  }
}

function graphDriverView(parts: ContainerParts, container: Container) {
  const { lower, upper, work, merged } = overlayOf(parts, container)
  return { Name: 'overlay2', Data: { ID: container.id, LowerDir: lower.join(':'), MergedDir: merged, UpperDir: upper, WorkDir: work } }
}

/** @see engine-api notes 4.9: binds and tmpfs have no name and no driver */
export function mountView(mount: Container['spec']['mounts'][number]) {
  return {
    Type: mount.type,
    ...(mount.name !== undefined && { Name: mount.name }),
    Source: mount.source,
    Destination: mount.destination,
    ...(mount.driver !== undefined && { Driver: mount.driver }),
    Mode: mount.mode,
    RW: mount.rw,
    Propagation: mount.propagation,
  }
}
