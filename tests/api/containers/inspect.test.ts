import { access, mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { inspected, madeContainer, PATH } from './made.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

const made = (body: object) => madeContainer(daemon, body)
const inspect = (id: string) => inspected(daemon, id)

describe('what inspect shows', () => {
  test('the defaults, as if they had been sent', async () => {
    const id = await made({})
    const { Config, HostConfig, NetworkSettings, State, ...top } = await inspect(id)
    expect(HostConfig).toEqual({
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
      CgroupnsMode: expect.stringMatching(/^(host|private)$/),
      Dns: [],
      DnsOptions: [],
      DnsSearch: [],
      ExtraHosts: null,
      GroupAdd: null,
      IpcMode: 'private',
      Cgroup: '',
      Links: null,
      OomScoreAdj: 0,
      PidMode: '',
      Privileged: false,
      PublishAllPorts: false,
      ReadonlyRootfs: false,
      SecurityOpt: null,
      UTSMode: '',
      UsernsMode: '',
      ShmSize: 67108864,
      Runtime: 'runc',
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
      OomKillDisable: HostConfig.CgroupnsMode === 'host' ? false : null,
      PidsLimit: null,
      Ulimits: null,
      CpuCount: 0,
      CpuPercent: 0,
      IOMaximumIOps: 0,
      IOMaximumBandwidth: 0,
      MaskedPaths: expect.arrayContaining(['/proc/kcore', '/sys/firmware']),
      ReadonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    })
    expect(Config).toEqual({
      Hostname: id.slice(0, 12),
      Domainname: '',
      User: '',
      AttachStdin: false,
      AttachStdout: false,
      AttachStderr: false,
      Tty: false,
      OpenStdin: false,
      StdinOnce: false,
      Env: [PATH],
      Cmd: ['sh'],
      Image: 'busybox',
      Volumes: null,
      WorkingDir: '/',
      Entrypoint: null,
      OnBuild: null,
      Labels: {},
    })
    expect(State).toEqual({
      Status: 'created',
      Running: false,
      Paused: false,
      Restarting: false,
      OOMKilled: false,
      Dead: false,
      Pid: 0,
      ExitCode: 0,
      Error: '',
      StartedAt: '0001-01-01T00:00:00Z',
      FinishedAt: '0001-01-01T00:00:00Z',
    })
    expect(NetworkSettings).toMatchObject({
      Bridge: '',
      SandboxID: '',
      SandboxKey: '',
      Ports: {},
      HairpinMode: false,
      LinkLocalIPv6Address: '',
      LinkLocalIPv6PrefixLen: 0,
      SecondaryIPAddresses: null,
      SecondaryIPv6Addresses: null,
      IPAddress: '',
      Networks: { bridge: { IPAMConfig: null, Links: null, Aliases: null, DriverOpts: null, GwPriority: 0, IPAddress: '', IPPrefixLen: 0, DNSNames: null } },
    })
    expect(top).toEqual({
      Id: id,
      Created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*[1-9])?Z$/),
      Path: 'sh',
      Args: [],
      Image: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      ResolvConfPath: expect.stringMatching(/^\/.*resolv\.conf$/),
      HostnamePath: expect.stringMatching(/^\/.*hostname$/),
      HostsPath: expect.stringMatching(/^\/.*hosts$/),
      LogPath: expect.stringMatching(/^\//),
      Name: expect.stringMatching(/^\/\w+$/),
      RestartCount: 0,
      Driver: 'overlay2',
      Platform: 'linux',
      MountLabel: '',
      ProcessLabel: '',
      AppArmorProfile: '',
      ExecIDs: null,
      GraphDriver: {
        Name: 'overlay2',
        Data: { ID: id, LowerDir: expect.any(String), MergedDir: expect.any(String), UpperDir: expect.any(String), WorkDir: expect.any(String) },
      },
      Mounts: [],
    })
  })

  test('what was sent comes back as it was, empty lists too', async () => {
    const sent = {
      Binds: [],
      CapAdd: [],
      ExtraHosts: ['a:1.2.3.4'],
      Ulimits: [{ Name: 'nofile', Soft: 10, Hard: 20 }],
      SecurityOpt: [],
      Tmpfs: { '/t': 'size=1m' },
    }
    expect((await inspect(await made({ HostConfig: sent }))).HostConfig).toMatchObject(sent)
  })

  test('swap is twice the memory when it was not sent; a limit of no processes is none', async () => {
    const { HostConfig } = await inspect(await made({ HostConfig: { Memory: 64 * 1024 * 1024, PidsLimit: -1 } }))
    expect([HostConfig.MemorySwap, HostConfig.PidsLimit]).toEqual([128 * 1024 * 1024, null])
  })

  test('nothing is masked when privileged', async () => {
    const { HostConfig } = await inspect(await made({ HostConfig: { Privileged: true } }))
    expect([HostConfig.MaskedPaths, HostConfig.ReadonlyPaths]).toEqual([null, null])
  })

  test('the host name on the host’s network; the network as it was named', async () => {
    const { Config, HostConfig } = await inspect(await made({ HostConfig: { NetworkMode: 'host' } }))
    expect([Config.Hostname, HostConfig.NetworkMode]).toEqual([hostname(), 'host'])
    expect((await inspect(await made({ HostConfig: { NetworkMode: 'default' } }))).HostConfig.NetworkMode).toBe('bridge')
    expect((await inspect(await made({ HostConfig: { NetworkMode: 'nowhere' } }))).HostConfig.NetworkMode).toBe('nowhere')
  })

  test('published ports as strings, exposed ones as null, once it runs', async () => {
    const id = await made({
      Cmd: ['sleep', '1000'],
      ExposedPorts: { '80/tcp': {}, '53/udp': {} },
      HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } },
    })
    expect((await inspect(id)).NetworkSettings).toMatchObject({ Ports: {} })
    await daemon.ok('start', id)
    expect((await inspect(id)).NetworkSettings).toMatchObject({
      SandboxID: expect.stringMatching(/^[0-9a-f]{64}$/),
      Ports: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: expect.stringMatching(/^\d+$/) }], '53/udp': null },
      IPAddress: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/),
      Networks: { bridge: { IPPrefixLen: 24, Gateway: `${daemon.subnet}.1` } },
    })
  })

  test('the files it names exist once it runs', async () => {
    const id = await made({ Cmd: ['sleep', '1000'] })
    await daemon.ok('start', id)
    const { ResolvConfPath, HostnamePath, HostsPath, LogPath } = await inspect(id)
    await Promise.all([ResolvConfPath, HostnamePath, HostsPath, LogPath].map((path) => access(String(path))))
  })

  test('mounts: volumes with name and driver, binds without', async () => {
    const host = join(daemon.root, 'mounted')
    await mkdir(host)
    const id = await made({
      Volumes: { '/anonymous': {} },
      HostConfig: { Binds: [`${host}:/bind:ro`, 'named:/named'], Mounts: [{ Type: 'tmpfs', Target: '/tmpfs' }] },
    })
    const volume = (Name: unknown, Destination: string, Mode: string) => ({
      Type: 'volume',
      Name,
      Source: expect.stringMatching(/\/_data$/),
      Destination,
      Driver: 'local',
      Mode,
      RW: true,
      Propagation: '',
    }) // prettier-ignore
    expect((await inspect(id)).Mounts).toEqual([
      volume(expect.stringMatching(/^[0-9a-f]{64}$/), '/anonymous', ''),
      { Type: 'bind', Source: host, Destination: '/bind', Mode: 'ro', RW: false, Propagation: 'rprivate' },
      volume('named', '/named', 'z'),
      { Type: 'tmpfs', Source: '', Destination: '/tmpfs', Mode: '', RW: true, Propagation: '' },
    ])
  })

  test('sizes only when they are asked for', async () => {
    const id = await made({ Cmd: ['sh', '-c', 'head -c 5000 /dev/zero > /file'] })
    expect(await inspect(id)).not.toHaveProperty('SizeRw')
    await daemon.ok('start', '-a', id)
    const { SizeRw, SizeRootFs } = (await daemon.api('GET', `/containers/${id}/json?size=1`)).json<{ SizeRw: number; SizeRootFs: number }>()
    expect(SizeRw).toBe(5000)
    expect(SizeRootFs).toBeGreaterThan(1_000_000)
  })

  test('links are taken as inspect shows them, by who makes a container anew', async () => {
    await daemon.ok('run', '-d', '--name', 'donor', 'busybox', 'sleep', '1000')
    const id = await made({ HostConfig: { Links: ['/donor:/before/db'] } })
    await daemon.ok('rename', id, 'after')
    expect(await daemon.ok('inspect', '-f', '{{json .HostConfig.Links}}', id)).toBe('["/donor:/after/db"]')
    await daemon.ok('rm', '-f', 'after', 'donor')
  })
})
