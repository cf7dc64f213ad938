import { describe, expect, it } from 'vitest'
import { featuresOfV2 } from '../linux/cgroup-features.ts'
import type { HostFacts } from '../linux/facts.ts'
import { ociJson } from '../linux/oci-json.ts'
import type { ContainerConfig, HostConfig } from './config.ts'
import { Container, type ContainerId, type ContainerSpec } from './container.ts'
import { environmentFor, ociSpec, privilegesFor, type SpecInputs } from './oci-spec.ts'

const facts: HostFacts = {
  cgroupVersion: 2,
  cgroupHierarchies: ['/sys/fs/cgroup'],
  cgroup: featuresOfV2(['memory', 'cpu', 'cpuset', 'io', 'pids']),
  cpuset: { cpus: '0-3', memoryNodes: '0' },
  hasAppArmor: false,
  canLoadProfiles: false,
  capabilities: (1n << 41n) - 1n,
  cpuCount: 4,
  memoryBytes: 8e9,
  kernelVersion: '6.1',
  operatingSystem: 'Linux',
  osVersion: '1',
}

const inputs: SpecInputs = {
  rootfs: '/data/containers/c/merged',
  user: { uid: 0, gid: 0, additionalGids: [], home: '/root' },
  cgroupPath: '/engineroom/c',
  network: { kind: 'path', path: '/run/netns/er-c' },
  linkEnvironment: [],
  ipc: { kind: 'own' },
  pid: { kind: 'own' },
  hostFiles: { hosts: '/data/c/hosts', resolvConf: '/data/c/resolv.conf', hostname: '/data/c/hostname' },
  shmPath: undefined,
  initPath: undefined,
  sourceOf: ({ source }) => source,
  hasRecursiveReadOnly: false,
  facts,
}

function container(config: ContainerConfig = {}, hostConfig: HostConfig = {}, rest: Partial<ContainerSpec> = {}): Container {
  const spec: ContainerSpec = {
    id: 'c'.repeat(64) as ContainerId,
    name: 'web',
    createdAt: '2026-11-24T10:00:00.000Z',
    imageId: 'sha256:0',
    path: 'sh',
    args: ['-c', 'echo hello'],
    config: { Hostname: 'box', ...config },
    hostConfig,
    networks: {},
    mounts: [],
    restartCount: 0,
    hasBeenStoppedByHand: false,
    ...rest,
  }
  return new Container(spec, { status: 'created' })
}

describe('ociSpec', () => {
  it('of a plain container on the default network', async () => {
    const spec = ociSpec(container(), inputs)
    const { seccomp, ...linux } = spec.linux
    expect(seccomp).toMatchObject({ defaultAction: 'SCMP_ACT_ERRNO' })
    await expect(`${JSON.stringify({ ...spec, linux }, undefined, 2)}\n`).toMatchFileSnapshot('testdata/plain.golden.json')
  })

  it('of a privileged container with everything of the host, a terminal, an init, limits and mounts', async () => {
    const asked = container(
      { Tty: true, WorkingDir: '/srv', Env: ['A=1', 'HOME=/elsewhere', 'PATH=/mine'] },
      {
        Privileged: true,
        Memory: 64e6,
        PidsLimit: 100,
        ReadonlyRootfs: true,
        Tmpfs: { '/run': 'size=1m,exec' },
        ShmSize: 1024,
        UTSMode: 'host',
        CgroupnsMode: 'host',
        OomScoreAdj: 5,
        ConsoleSize: [24, 80],
        Sysctls: { 'net.core.somaxconn': '9' },
        Ulimits: [{ Name: 'nofile', Soft: 10, Hard: 20 }],
      },
      {
        mounts: [
          { type: 'bind', source: '/host/deep', destination: '/srv/a/b', mode: 'ro', rw: false, propagation: 'rslave' },
          { type: 'volume', name: 'v', source: '/data/volumes/v/_data', destination: '/srv', driver: 'local', mode: 'z', rw: true, propagation: '' },
        ],
      },
    )
    const spec = ociSpec(asked, { ...inputs, network: { kind: 'host' }, ipc: { kind: 'host' }, pid: { kind: 'host' }, initPath: '/usr/bin/tini-static' })
    const { devices, ...linux } = spec.linux
    expect(devices?.length).toBeGreaterThan(5)
    await expect(`${JSON.stringify({ ...spec, linux }, undefined, 2)}\n`).toMatchFileSnapshot('testdata/privileged.golden.json')
  })

  it('mounts parents before children, whatever the order asked', () => {
    const mount = (destination: string) => ({ type: 'bind', source: '/x', destination, mode: '', rw: true, propagation: '' }) as const
    const spec = ociSpec(container({}, {}, { mounts: [mount('/a/b/c'), mount('/a'), mount('/a/b')] }), { ...inputs, hostFiles: undefined })
    expect(spec.mounts.map(({ destination }) => destination).filter((path) => path.startsWith('/a'))).toEqual(['/a', '/a/b', '/a/b/c'])
  })

  it("a mount of the user's replaces the kernel's of the same place", () => {
    const spec = ociSpec(container({}, { Tmpfs: { '/dev/shm': 'size=5m' } }), inputs)
    expect(spec.mounts.filter(({ destination }) => destination === '/dev/shm')).toEqual([
      { destination: '/dev/shm', type: 'tmpfs', source: 'tmpfs', options: ['noexec', 'nosuid', 'nodev', 'size=5m'] },
    ])
  })

  it('keeps the cgroup namespace of the host on cgroup v1', () => {
    const types = ociSpec(container(), { ...inputs, facts: { ...facts, cgroupVersion: 1 } }).linux.namespaces.map(({ type }) => type)
    expect(types).not.toContain('cgroup')
  })

  it.each([
    ['by default a filter', {}, { defaultAction: 'SCMP_ACT_ERRNO' }],
    ['unconfined: none', { SecurityOpt: ['seccomp=unconfined'] }, undefined],
    ['privileged: none', { Privileged: true }, undefined],
    [
      'privileged with an own profile: that',
      { Privileged: true, SecurityOpt: ['seccomp={"defaultAction":"SCMP_ACT_LOG","syscalls":[]}'] },
      { defaultAction: 'SCMP_ACT_LOG' },
    ],
    ['the builtin by name', { SecurityOpt: ['seccomp=builtin'] }, { defaultAction: 'SCMP_ACT_ERRNO' }],
  ])('seccomp, %s', (_, hostConfig, expected) => {
    const { seccomp } = ociSpec(container({}, hostConfig), inputs).linux
    if (expected) expect(seccomp).toMatchObject(expected)
    else expect(seccomp).toBeUndefined()
  })
})

describe('privilegesFor', () => {
  it('only root holds what it is bounded by', () => {
    expect(privilegesFor(container(), facts, false).capabilities).toMatchObject({
      effective: [],
      permitted: [],
      bounding: expect.arrayContaining(['CAP_CHOWN']),
    })
    expect(privilegesFor(container(), facts, true).capabilities?.effective).toContain('CAP_CHOWN')
  })

  it('a privileged exec has all, in an ordinary container', () => {
    expect(privilegesFor(container(), facts, true, true).capabilities?.effective).toContain('CAP_SYS_ADMIN')
  })

  it.each([
    [[], false],
    [['no-new-privileges'], true],
    [['no-new-privileges:true'], true],
    [['no-new-privileges=0'], false],
  ])('%j: no new privileges %s', (SecurityOpt, expected) => expect(privilegesFor(container({}, { SecurityOpt }), facts, true).noNewPrivileges).toBe(expected))
})

describe('confinement', () => {
  const confined = container({}, { SecurityOpt: ['apparmor=mine'], Ulimits: [{ Name: 'core', Soft: 0, Hard: -1 }] })

  it('by a profile of AppArmor, where the host has that, also of an exec with all privileges', () => {
    const host = { ...facts, hasAppArmor: true, canLoadProfiles: true }
    expect(privilegesFor(confined, host, true).apparmorProfile).toBe('mine')
    expect(privilegesFor(container(), host, true, true).apparmorProfile).toBe('docker-default')
    expect(privilegesFor(confined, facts, true)).not.toHaveProperty('apparmorProfile')
  })

  it('by limits, which the runtime reads without a sign', () => {
    const { rlimits } = privilegesFor(confined, facts, true)
    expect(rlimits).toEqual([{ type: 'RLIMIT_CORE', soft: 0, hard: -1 }])
    expect(ociJson({ rlimits })).toBe('{"rlimits":[{"type":"RLIMIT_CORE","hard":18446744073709551615,"soft":0}]}')
  })
})

describe('what the host config asks of the spec', () => {
  const specOf = (hostConfig: HostConfig, config: ContainerConfig = {}, more: Partial<SpecInputs> = {}) =>
    ociSpec(container(config, hostConfig), { ...inputs, ...more })
  const mounted = (hostConfig: HostConfig, destination: string) => specOf(hostConfig).mounts.find((mount) => mount.destination === destination)

  it('no /dev/shm with --ipc none', () => expect(mounted({ IpcMode: 'none' }, '/dev/shm')).toBeUndefined())

  it.each<[HostConfig, string]>([
    [{}, 'ro'],
    [{ Privileged: true }, 'rw'],
    [{ SecurityOpt: ['writable-cgroups=true'] }, 'rw'],
    [{ Privileged: true, SecurityOpt: ['writable-cgroups=false'] }, 'ro'],
  ])('cgroups of %j are %s', (hostConfig, access) => expect(mounted(hostConfig, '/sys/fs/cgroup')?.options).toContain(access))

  it('a domain name, unless the host’s is shared', () => {
    expect(specOf({}, { Domainname: 'example.org' }).linux.sysctl).toMatchObject({ 'kernel.domainname': 'example.org' })
    expect(specOf({ UTSMode: 'host' }, { Domainname: 'example.org' }).linux.sysctl).not.toHaveProperty('kernel.domainname')
  })

  it('the sysctls of somebody else’s network are left alone', () => {
    expect(specOf({ NetworkMode: 'container:x' }).linux.sysctl).toEqual({})
    expect(specOf({}, {}, { network: { kind: 'host' } }).linux.sysctl).toEqual({})
    expect(specOf({ Sysctls: { 'net.ipv4.ip_unprivileged_port_start': '99' } }).linux.sysctl).toMatchObject({ 'net.ipv4.ip_unprivileged_port_start': '99' })
  })

  it('own lists of masked and read-only paths; empty ones mask nothing', () => {
    expect(specOf({ MaskedPaths: [], ReadonlyPaths: ['/x'] }).linux).toMatchObject({ maskedPaths: [], readonlyPaths: ['/x'] })
  })

  it.each<[HostConfig, Partial<SpecInputs>, string[]]>([
    [{}, {}, ['mount', 'network', 'ipc', 'pid', 'uts', 'cgroup']],
    [{ CgroupnsMode: 'host', UTSMode: 'host' }, { pid: { kind: 'host' } }, ['mount', 'network', 'ipc']],
  ])('namespaces of %j', (hostConfig, more, types) => expect(specOf(hostConfig, {}, more).linux.namespaces.map(({ type }) => type)).toEqual(types))

  it('mounts under a /dev of the user’s are his, too', () => {
    const mounts = [{ type: 'bind', source: '/x', destination: '/dev', mode: '', rw: true, propagation: '' }] as const
    const below = ociSpec(container({}, {}, { mounts }), inputs).mounts.filter(({ destination }) => destination.startsWith('/dev'))
    expect(below.map(({ destination }) => destination)).toEqual(['/dev'])
  })

  it.each([
    [['rprivate', ''], 'rprivate'],
    [['rslave', 'private'], 'rslave'],
    [['rslave', 'rshared'], 'shared'],
  ])('the root of mounts that are %j is %s', (propagations, expected) => {
    const mounts = propagations.map((propagation, index) => ({
      type: 'bind' as const,
      source: '/x',
      destination: `/${index}`,
      mode: '',
      rw: true,
      propagation,
    }))
    expect(ociSpec(container({}, {}, { mounts }), inputs).linux.rootfsPropagation).toBe(expected)
  })

  it('annotations go to the runtime', () => expect(specOf({ Annotations: { a: 'b' } }).annotations).toEqual({ a: 'b' }))
})

describe('environmentFor', () => {
  const user = { uid: 5, gid: 5, additionalGids: [], home: '/home/five' }

  it('begins with a path, the host name and a home', () => {
    expect(environmentFor(container(), user)).toEqual(['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOSTNAME=box', 'HOME=/home/five'])
  })

  it('names the terminal', () => expect(environmentFor(container({ Tty: true }), user)).toContain('TERM=xterm'))

  it('lets the later entry win, also over the home', () => {
    const env = environmentFor(container({ Env: ['A=1', 'HOME=/x', 'A=2=3'] }), user)
    expect(env).toEqual(expect.arrayContaining(['A=2=3', 'HOME=/x']))
    expect(env.filter((entry) => /^(A|HOME)=/.test(entry))).toHaveLength(2)
  })

  it('a name without a value removes it', () => expect(environmentFor(container({ Env: ['PATH'] }), user)).not.toContainEqual(expect.stringMatching(/^PATH/)))
})
