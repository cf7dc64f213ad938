import { type Static, Type } from 'typebox'
import { MountRequestSchema } from '../volumes/mount-request.ts'

/**
 * What a client may say about a container, as schemas: the API parses request bodies with them, the state
 * room parses its rows with them, and the types below derive from them.
 * @see Engine API 1.51 ContainerConfig, HostConfig
 */

const Text = Type.String()
const Integer = Type.Integer()
const Flag = Type.Boolean()
const TextList = Type.Array(Text)
const TextMap = Type.Record(Text, Text)
/** `Cmd`, `Entrypoint`, `CapAdd` …: one string or a list of them. */
const Words = Type.Union([TextList, Text])
/** Go's `map[string]struct{}`. */
const NameSet = Type.Record(Text, Type.Object({}))

export const HealthcheckSchema = Type.Object({
  Test: Type.Optional(TextList),
  Interval: Type.Optional(Integer),
  Timeout: Type.Optional(Integer),
  StartPeriod: Type.Optional(Integer),
  StartInterval: Type.Optional(Integer),
  Retries: Type.Optional(Integer),
})
/** Durations in nanoseconds; 0 means "inherit, then default". */
export type Healthcheck = Static<typeof HealthcheckSchema>

export const ContainerConfigSchema = Type.Object({
  Hostname: Type.Optional(Text),
  Domainname: Type.Optional(Text),
  User: Type.Optional(Text),
  AttachStdin: Type.Optional(Flag),
  AttachStdout: Type.Optional(Flag),
  AttachStderr: Type.Optional(Flag),
  ExposedPorts: Type.Optional(NameSet),
  Tty: Type.Optional(Flag),
  OpenStdin: Type.Optional(Flag),
  StdinOnce: Type.Optional(Flag),
  Env: Type.Optional(TextList),
  Cmd: Type.Optional(Words),
  Healthcheck: Type.Optional(HealthcheckSchema),
  Image: Type.Optional(Text),
  Volumes: Type.Optional(NameSet),
  WorkingDir: Type.Optional(Text),
  Entrypoint: Type.Optional(Words),
  NetworkDisabled: Type.Optional(Flag),
  MacAddress: Type.Optional(Text),
  OnBuild: Type.Optional(TextList),
  Labels: Type.Optional(TextMap),
  StopSignal: Type.Optional(Text),
  StopTimeout: Type.Optional(Integer),
  Shell: Type.Optional(Words),
})

export const RestartPolicySchema = Type.Object({ Name: Type.Optional(Text), MaximumRetryCount: Type.Optional(Integer) })
export type RestartPolicy = Static<typeof RestartPolicySchema>

export const PortBindingSchema = Type.Object({ HostIp: Type.Optional(Text), HostPort: Type.Optional(Text) })

const DeviceSchema = Type.Object({ PathOnHost: Text, PathInContainer: Type.Optional(Text), CgroupPermissions: Type.Optional(Text) })
const DeviceRequestSchema = Type.Object({
  Driver: Type.Optional(Text),
  Count: Type.Optional(Integer),
  DeviceIDs: Type.Optional(TextList),
  Capabilities: Type.Optional(Type.Array(TextList)),
  Options: Type.Optional(TextMap),
})
const UlimitSchema = Type.Object({ Name: Text, Soft: Integer, Hard: Integer })
const WeightDevice = Type.Object({ Path: Text, Weight: Integer })
const ThrottleDevice = Type.Object({ Path: Text, Rate: Integer })

/** The limits that `docker update` can change while the container runs. */
export const ResourcesSchema = Type.Object({
  CpuShares: Type.Optional(Integer),
  Memory: Type.Optional(Integer),
  NanoCpus: Type.Optional(Integer),
  CgroupParent: Type.Optional(Text),
  BlkioWeight: Type.Optional(Integer),
  BlkioWeightDevice: Type.Optional(Type.Array(WeightDevice)),
  BlkioDeviceReadBps: Type.Optional(Type.Array(ThrottleDevice)),
  BlkioDeviceWriteBps: Type.Optional(Type.Array(ThrottleDevice)),
  BlkioDeviceReadIOps: Type.Optional(Type.Array(ThrottleDevice)),
  BlkioDeviceWriteIOps: Type.Optional(Type.Array(ThrottleDevice)),
  CpuPeriod: Type.Optional(Integer),
  CpuQuota: Type.Optional(Integer),
  CpuRealtimePeriod: Type.Optional(Integer),
  CpuRealtimeRuntime: Type.Optional(Integer),
  CpusetCpus: Type.Optional(Text),
  CpusetMems: Type.Optional(Text),
  Devices: Type.Optional(Type.Array(DeviceSchema)),
  DeviceCgroupRules: Type.Optional(TextList),
  DeviceRequests: Type.Optional(Type.Array(DeviceRequestSchema)),
  MemoryReservation: Type.Optional(Integer),
  MemorySwap: Type.Optional(Integer),
  MemorySwappiness: Type.Optional(Integer),
  OomKillDisable: Type.Optional(Flag),
  PidsLimit: Type.Optional(Integer),
  // Runtimes keep these two no more: they are dropped with a warning.
  KernelMemory: Type.Optional(Integer),
  KernelMemoryTCP: Type.Optional(Integer),
  Ulimits: Type.Optional(Type.Array(UlimitSchema)),
  CpuCount: Type.Optional(Integer),
  CpuPercent: Type.Optional(Integer),
  IOMaximumIOps: Type.Optional(Integer),
  IOMaximumBandwidth: Type.Optional(Integer),
})
export type Resources = Static<typeof ResourcesSchema>

export const HostConfigSchema = Type.Object({
  ...ResourcesSchema.properties,
  Binds: Type.Optional(TextList),
  ContainerIDFile: Type.Optional(Text),
  LogConfig: Type.Optional(Type.Object({ Type: Type.Optional(Text), Config: Type.Optional(TextMap) })),
  NetworkMode: Type.Optional(Text),
  PortBindings: Type.Optional(Type.Record(Text, Type.Array(PortBindingSchema))),
  RestartPolicy: Type.Optional(RestartPolicySchema),
  AutoRemove: Type.Optional(Flag),
  VolumeDriver: Type.Optional(Text),
  VolumesFrom: Type.Optional(TextList),
  Mounts: Type.Optional(Type.Array(MountRequestSchema)),
  ConsoleSize: Type.Optional(Type.Array(Integer)),
  Annotations: Type.Optional(TextMap),
  CapAdd: Type.Optional(Words),
  CapDrop: Type.Optional(Words),
  CgroupnsMode: Type.Optional(Text),
  Dns: Type.Optional(TextList),
  DnsOptions: Type.Optional(TextList),
  DnsSearch: Type.Optional(TextList),
  ExtraHosts: Type.Optional(TextList),
  GroupAdd: Type.Optional(TextList),
  IpcMode: Type.Optional(Text),
  Cgroup: Type.Optional(Text),
  Links: Type.Optional(TextList),
  OomScoreAdj: Type.Optional(Integer),
  PidMode: Type.Optional(Text),
  Privileged: Type.Optional(Flag),
  PublishAllPorts: Type.Optional(Flag),
  ReadonlyRootfs: Type.Optional(Flag),
  SecurityOpt: Type.Optional(TextList),
  StorageOpt: Type.Optional(TextMap),
  Tmpfs: Type.Optional(TextMap),
  UTSMode: Type.Optional(Text),
  UsernsMode: Type.Optional(Text),
  ShmSize: Type.Optional(Integer),
  Sysctls: Type.Optional(TextMap),
  Runtime: Type.Optional(Text),
  Isolation: Type.Optional(Text),
  MaskedPaths: Type.Optional(TextList),
  ReadonlyPaths: Type.Optional(TextList),
  Init: Type.Optional(Flag),
})
export type HostConfig = Static<typeof HostConfigSchema>

type RawConfig = Static<typeof ContainerConfigSchema>
/** A container's configuration with the string-or-list fields made lists. */
export type ContainerConfig = Omit<RawConfig, 'Cmd' | 'Entrypoint' | 'Shell'> & { Cmd?: string[]; Entrypoint?: string[]; Shell?: string[] }

/** One string is a list of one word: docker does not split it. */
export function wordList(words: string[] | string | undefined): string[] | undefined {
  return typeof words === 'string' ? [words] : words
}

export function normaliseConfig(raw: RawConfig): ContainerConfig {
  return { ...raw, Cmd: wordList(raw.Cmd), Entrypoint: wordList(raw.Entrypoint), Shell: wordList(raw.Shell) }
}

export function normaliseHostConfig(raw: HostConfig): HostConfig {
  return { ...raw, ...(raw.CapAdd && { CapAdd: wordList(raw.CapAdd) }), ...(raw.CapDrop && { CapDrop: wordList(raw.CapDrop) }) }
}
