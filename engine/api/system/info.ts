import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { LOG_DRIVERS } from '../../containers/logs/log-config.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import type { RegistrySettings } from '../../images/images.ts'
import { formatSubnet } from '../../networks/addresses.ts'
import type { ApiVersion } from '../version.ts'
import type { Identity } from './identity.ts'

const CPU_ARCHITECTURE: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' }

/** @see Engine API 1.51 SystemInfo */
export function infoView(parts: ContainerParts, identity: Identity, version: ApiVersion) {
  const containers = parts.store.all()
  const count = (...statuses: string[]) => containers.filter((one) => statuses.includes(one.state.status)).length
  const { facts } = parts
  const running = count('running', 'restarting')
  const paused = count('paused')
  const memory = process.memoryUsage.rss()
  return {
    ID: identity.daemonId,
    Containers: containers.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: containers.length - running - paused,
    Images: parts.images.count(),
    Driver: 'overlay2',
    DriverStatus: [
      ['Backing Filesystem', identity.fileSystem],
      ['Engine memory', `${Math.round(memory / 1024 / 1024)} MB`],
    ],
    SystemStatus: null,
    Plugins: {
      Volume: ['local'],
      Network: ['bridge', 'host', 'ipvlan', 'macvlan', 'null'],
      Authorization: null,
      Log: LOG_DRIVERS,
    },
    MemoryLimit: facts.cgroup.memory,
    SwapLimit: facts.cgroup.swap,
    CpuCfsPeriod: facts.cgroup.cpuQuota,
    CpuCfsQuota: facts.cgroup.cpuQuota,
    CPUShares: facts.cgroup.cpuShares,
    CPUSet: facts.cgroup.cpuset,
    PidsLimit: facts.cgroup.pids,
    IPv4Forwarding: readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim() === '1',
    ...(!version.atLeast('1.50') && { BridgeNfIptables: false, BridgeNfIp6tables: false }),
    OomKillDisable: facts.cgroup.oomKillDisable,
    Debug: parts.log.level === 'debug',
    NFd: 0,
    NGoroutines: 0,
    NEventsListener: parts.events.listenerCount,
    SystemTime: new Date().toISOString(),
    LoggingDriver: parts.logDefaults.Type,
    CgroupDriver: 'cgroupfs',
    CgroupVersion: String(facts.cgroupVersion),
    KernelVersion: facts.kernelVersion,
    OperatingSystem: facts.operatingSystem,
    OSVersion: facts.osVersion,
    OSType: 'linux',
    Architecture: CPU_ARCHITECTURE[process.arch] ?? process.arch,
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: registryConfig(parts.images.registry),
    NCPU: facts.cpuCount,
    MemTotal: facts.memoryBytes,
    GenericResources: null,
    DockerRootDir: identity.dataRoot,
    HttpProxy: withoutPassword(parts.images.registry.proxies.http),
    HttpsProxy: withoutPassword(parts.images.registry.proxies.https),
    NoProxy: parts.images.registry.proxies.none,
    Name: hostname(),
    Labels: identity.labels,
    ExperimentalBuild: false,
    ServerVersion: identity.version,
    Runtimes: Object.fromEntries([...parts.runtimes.byName].map(([name, runtime]) => [name, { path: runtime.path }])),
    DefaultRuntime: parts.runtimes.defaultName,
    Swarm: { NodeID: '', NodeAddr: '', LocalNodeState: 'inactive', ControlAvailable: false, Error: '', RemoteManagers: null },
    LiveRestoreEnabled: true,
    Isolation: '',
    InitBinary: 'docker-init',
    ContainerdCommit: commitView('N/A', version),
    RuncCommit: commitView(identity.runtimeVersion, version),
    InitCommit: commitView(parts.initPath ? 'tini' : 'N/A', version),
    SecurityOptions: [
      ...(facts.hasAppArmor ? ['name=apparmor'] : []),
      'name=seccomp,profile=builtin',
      ...(facts.cgroupVersion === 2 ? ['name=cgroupns'] : []),
    ].map((option) => (version.atLeast('1.25') ? option : (option.replace('name=', '').split(',')[0] ?? ''))),
    ...(identity.addressPools.length > 0 && { DefaultAddressPools: identity.addressPools.map(({ base, size }) => ({ Base: formatSubnet(base), Size: size })) }),
    CDISpecDirs: [],
    Warnings: null,
  }
}

/** As dockerd shows it. @see Go's net/url, URL.Redacted */
function withoutPassword(proxy: string): string {
  return proxy.replace(/:\/\/[^@/]*@/, '://xxxxx:xxxxx@')
}

/** Older clients compare what there is with what should be there. */
function commitView(id: string, version: ApiVersion) {
  return { ID: id, ...(!version.atLeast('1.49') && { Expected: id }) }
}

function registryConfig({ mirrors, insecureCidrs, insecureHosts }: RegistrySettings) {
  const insecure = insecureHosts.map((name) => [name, { Name: name, Mirrors: [], Secure: false, Official: false }])
  return {
    IndexConfigs: { 'docker.io': { Name: 'docker.io', Mirrors: mirrors, Secure: true, Official: true }, ...Object.fromEntries(insecure) },
    InsecureRegistryCIDRs: ['::1/128', '127.0.0.0/8', ...insecureCidrs],
    Mirrors: mirrors.length > 0 ? mirrors : null,
  }
}
