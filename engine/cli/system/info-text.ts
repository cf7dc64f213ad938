import { humanBinarySize } from '../format/size.ts'

/** @see Engine API 1.51 SystemInfo */
export interface SystemInfo {
  readonly Containers: number
  readonly ContainersRunning: number
  readonly ContainersPaused: number
  readonly ContainersStopped: number
  readonly Images: number
  readonly ServerVersion: string
  readonly Driver: string
  readonly DriverStatus?: readonly (readonly [string, string])[] | null
  readonly LoggingDriver: string
  readonly CgroupDriver: string
  readonly CgroupVersion: string
  readonly Plugins: Readonly<Record<'Volume' | 'Network' | 'Authorization' | 'Log', readonly string[] | null>>
  readonly Swarm?: { readonly LocalNodeState: string }
  readonly Runtimes?: Readonly<Record<string, unknown>>
  readonly DefaultRuntime: string
  readonly OSType: string
  readonly InitBinary: string
  readonly ContainerdCommit?: { readonly ID: string }
  readonly RuncCommit?: { readonly ID: string }
  readonly InitCommit?: { readonly ID: string }
  readonly SecurityOptions?: readonly string[] | null
  readonly KernelVersion: string
  readonly OperatingSystem: string
  readonly Architecture: string
  readonly NCPU: number
  readonly MemTotal: number
  readonly Name: string
  readonly ID: string
  readonly DockerRootDir: string
  readonly Debug: boolean
  readonly NFd?: number
  readonly NGoroutines?: number
  readonly SystemTime?: string
  readonly NEventsListener?: number
  readonly HttpProxy?: string
  readonly HttpsProxy?: string
  readonly NoProxy?: string
  readonly Labels?: readonly string[] | null
  readonly ExperimentalBuild: boolean
  readonly RegistryConfig?: {
    readonly InsecureRegistryCIDRs?: readonly string[] | null
    readonly IndexConfigs?: Readonly<Record<string, { readonly Name: string; readonly Secure: boolean }>> | null
    readonly Mirrors?: readonly string[] | null
  } | null
  readonly LiveRestoreEnabled: boolean
  readonly DefaultAddressPools?: readonly { readonly Base: string; readonly Size: number }[] | null
  readonly Warnings?: readonly string[] | null
}

/** The `Server:` part of `info`, line for line as docker prints it. */
export function infoText(info: SystemInfo): string {
  return [
    ` Containers: ${info.Containers}`,
    `  Running: ${info.ContainersRunning}`,
    `  Paused: ${info.ContainersPaused}`,
    `  Stopped: ${info.ContainersStopped}`,
    ` Images: ${info.Images}`,
    ...known(' Server Version', info.ServerVersion),
    ...known(' Storage Driver', info.Driver),
    ...(info.DriverStatus ?? []).map(([key, value]) => `  ${key}: ${value}`),
    ...known(' Logging Driver', info.LoggingDriver),
    ...known(' Cgroup Driver', info.CgroupDriver),
    ...known(' Cgroup Version', info.CgroupVersion),
    ...pluginLines(info),
    ` Swarm: ${info.Swarm?.LocalNodeState ?? ''}`,
    ...runtimeLines(info),
    ...securityLines(info),
    ...known(' Kernel Version', info.KernelVersion),
    ...known(' Operating System', info.OperatingSystem),
    ...known(' OSType', info.OSType),
    ...known(' Architecture', info.Architecture),
    ` CPUs: ${info.NCPU}`,
    ` Total Memory: ${humanBinarySize(info.MemTotal)}`,
    ...known(' Name', info.Name),
    ...known(' ID', info.ID),
    ` Docker Root Dir: ${info.DockerRootDir}`,
    ...debugLines(info),
    ...known(' HTTP Proxy', info.HttpProxy),
    ...known(' HTTPS Proxy', info.HttpsProxy),
    ...known(' No Proxy', info.NoProxy),
    ...titled(' Labels:', info.Labels),
    ` Experimental: ${info.ExperimentalBuild}`,
    ...registryLines(info),
    ` Live Restore Enabled: ${info.LiveRestoreEnabled}`,
    ...titled(
      ' Default Address Pools:',
      info.DefaultAddressPools?.map(({ Base, Size }) => ` Base: ${Base}, Size: ${Size}`),
    ),
    '',
  ].join('\n')
}

function known(title: string, value: string | undefined): string[] {
  return value ? [`${title}: ${value}`] : []
}

function titled(title: string, values: readonly string[] | null | undefined): string[] {
  return values && values.length > 0 ? [title, ...values.map((value) => `  ${value}`)] : []
}

function pluginLines({ Plugins: { Volume, Network, Authorization, Log } }: SystemInfo): string[] {
  const line = (title: string, names: readonly string[] | null) => `  ${title}: ${(names ?? []).join(' ')}`
  return [
    ' Plugins:',
    line('Volume', Volume),
    line('Network', Network),
    ...(Authorization?.length ? [line('Authorization', Authorization)] : []),
    line('Log', Log),
  ]
}

function runtimeLines(info: SystemInfo): string[] {
  const names = Object.keys(info.Runtimes ?? {})
  const lines = names.length > 0 ? [` Runtimes: ${names.join(' ')}`, ` Default Runtime: ${info.DefaultRuntime}`] : []
  if (info.OSType !== 'linux') return lines
  return [
    ...lines,
    ` Init Binary: ${info.InitBinary}`,
    ` containerd version: ${info.ContainerdCommit?.ID ?? ''}`,
    ` runc version: ${info.RuncCommit?.ID ?? ''}`,
    ` init version: ${info.InitCommit?.ID ?? ''}`,
  ]
}

/** `name=seccomp,profile=builtin` → ` seccomp`, `  Profile: builtin` */
function securityLines({ SecurityOptions, OSType }: SystemInfo): string[] {
  if (OSType !== 'linux' || !SecurityOptions || SecurityOptions.length === 0) return []
  const lines = SecurityOptions.flatMap((option) => {
    const pairs = new Map(option.split(',').map((pair): [string, string] => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)]))
    const profile = pairs.get('profile')
    return [`  ${pairs.get('name') ?? option}`, ...(profile === undefined ? [] : [`   Profile: ${profile}`])]
  })
  return [' Security Options:', ...lines]
}

function debugLines(info: SystemInfo): string[] {
  const lines = [` Debug Mode: ${info.Debug}`]
  if (!info.Debug) return lines
  return [
    ...lines,
    `  File Descriptors: ${info.NFd ?? 0}`,
    `  Goroutines: ${info.NGoroutines ?? 0}`,
    `  System Time: ${info.SystemTime ?? ''}`,
    `  EventsListeners: ${info.NEventsListener ?? 0}`,
  ]
}

function registryLines({ RegistryConfig }: SystemInfo): string[] {
  const hosts = Object.values(RegistryConfig?.IndexConfigs ?? {})
  const cidrs = RegistryConfig?.InsecureRegistryCIDRs ?? []
  const insecure = [...hosts.filter(({ Secure }) => !Secure).map(({ Name }) => Name), ...cidrs]
  const lines = hosts.length > 0 || cidrs.length > 0 ? [' Insecure Registries:', ...insecure.map((one) => `  ${one}`)] : []
  return [...lines, ...titled(' Registry Mirrors:', RegistryConfig?.Mirrors)]
}
