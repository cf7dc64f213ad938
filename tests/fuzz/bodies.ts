/** A JSON document with places to change; texts like `{sandbox}` are filled in by the fuzzer. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Ends by SIGTERM, so that no stop takes longer than it must. */
const SLEEPER = ['sh', '-c', 'trap "exit 0" TERM; sleep 100 & wait']

/** Every field of a create request that cannot harm the machine, with a value that is all right. @see Engine API 1.51 ContainerCreate */
export const CREATE: Json = {
  Image: 'busybox',
  Hostname: 'host',
  Domainname: 'example.test',
  User: '0:0',
  AttachStdin: false,
  AttachStdout: true,
  AttachStderr: true,
  ExposedPorts: { '80/tcp': {} },
  Tty: false,
  OpenStdin: true,
  StdinOnce: false,
  Env: ['A=1', 'B='],
  Cmd: SLEEPER,
  Healthcheck: { Test: ['NONE'], Interval: 3_600_000_000_000, Timeout: 3_600_000_000_000, Retries: 1, StartPeriod: 0 },
  Volumes: { '/vol': {} },
  WorkingDir: '/tmp',
  Entrypoint: [],
  NetworkDisabled: false,
  MacAddress: '',
  OnBuild: [],
  Labels: { a: 'b' },
  StopSignal: 'SIGTERM',
  StopTimeout: 1,
  Shell: ['sh', '-c'],
  HostConfig: {
    Binds: ['{sandbox}/a:/a', 'v0:/v0:ro', '/anonymous'],
    ContainerIDFile: '',
    LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } },
    NetworkMode: 'bridge',
    PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] },
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    AutoRemove: false,
    VolumeDriver: '',
    VolumesFrom: ['main:ro'],
    Mounts: [
      { Type: 'bind', Source: '{sandbox}/b', Target: '/b', ReadOnly: true, BindOptions: { Propagation: 'rprivate' } },
      { Type: 'volume', Source: 'v1', Target: '/v1', VolumeOptions: { NoCopy: true, Labels: { a: 'b' } } },
      { Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 65536, Mode: 1023 } },
    ],
    ConsoleSize: [24, 80],
    Annotations: { a: 'b' },
    CapAdd: [],
    CapDrop: ['CHOWN'],
    CgroupnsMode: 'private',
    Dns: ['192.0.2.1'],
    DnsOptions: ['ndots:1'],
    DnsSearch: ['example.test'],
    ExtraHosts: ['other:192.0.2.2'],
    GroupAdd: ['100'],
    IpcMode: 'private',
    Links: [],
    OomScoreAdj: 0,
    PidMode: '',
    Privileged: false,
    PublishAllPorts: false,
    ReadonlyRootfs: false,
    SecurityOpt: [],
    StorageOpt: {},
    Tmpfs: { '/run': 'size=64k' },
    UTSMode: '',
    UsernsMode: '',
    ShmSize: 65536,
    Sysctls: {},
    Runtime: '',
    Isolation: '',
    MaskedPaths: ['/proc/kcore'],
    ReadonlyPaths: ['/proc/sys'],
    Init: true,
    CpuShares: 512,
    Memory: 0,
    NanoCpus: 0,
    BlkioWeight: 0,
    BlkioWeightDevice: [],
    BlkioDeviceReadBps: [],
    CpuPeriod: 0,
    CpuQuota: 0,
    CpusetCpus: '0',
    CpusetMems: '',
    Devices: [],
    DeviceCgroupRules: [],
    DeviceRequests: [],
    MemoryReservation: 0,
    MemorySwap: 0,
    MemorySwappiness: 0,
    OomKillDisable: false,
    PidsLimit: 100,
    Ulimits: [{ Name: 'nofile', Soft: 100, Hard: 200 }],
  },
  NetworkingConfig: { EndpointsConfig: { bridge: { Aliases: ['other'], IPAMConfig: {}, Links: [], MacAddress: '', DriverOpts: {} } } },
}

/** A body small enough that what is changed matters. */
export const SMALL_CREATE: Json = { Image: 'busybox', Cmd: SLEEPER, HostConfig: { Init: true } }

export const UPDATE: Json = {
  CpuShares: 256,
  Memory: 67_108_864,
  MemorySwap: -1,
  NanoCpus: 0,
  PidsLimit: 50,
  CpusetCpus: '0',
  BlkioWeight: 0,
  RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
}

export const EXEC: Json = {
  AttachStdin: false,
  AttachStdout: true,
  AttachStderr: true,
  DetachKeys: 'ctrl-p',
  Tty: false,
  Env: ['A=1'],
  Cmd: ['true'],
  Privileged: false,
  User: '0',
  WorkingDir: '/',
  ConsoleSize: [24, 80],
}

export const EXEC_START: Json = { Detach: true, Tty: false, ConsoleSize: [24, 80] }

export const COMMIT: Json = {
  Hostname: 'x',
  Env: ['A=1'],
  Cmd: ['true'],
  Labels: { a: 'b' },
  ExposedPorts: { '1/udp': {} },
  Volumes: { '/v': {} },
  Healthcheck: { Test: ['NONE'] },
}

export const VOLUME: Json = { Name: 'v2', Driver: 'local', DriverOpts: {}, Labels: { a: 'b' } }

/** No addresses: whatever is not refused takes a free subnet. */
export const NETWORK: Json = {
  Name: 'n0',
  CheckDuplicate: true,
  Driver: 'bridge',
  Internal: true,
  Attachable: false,
  EnableIPv6: false,
  IPAM: { Driver: 'default', Config: [], Options: {} },
  Options: {},
  Labels: { a: 'b' },
}

export const CONNECT: Json = { Container: 'f0', EndpointConfig: { Aliases: ['x'], IPAMConfig: {}, Links: [], DriverOpts: {} } }

export const DISCONNECT: Json = { Container: 'f0', Force: true }

export const LOGIN: Json = { username: 'u', password: 'p', serveraddress: '127.0.0.1:1', identitytoken: '' }
