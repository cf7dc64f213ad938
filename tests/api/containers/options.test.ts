import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** What a container of its own says to `script`, without a network. */
async function said(flags: readonly string[], script: string): Promise<string[]> {
  return (await daemon.ok('run', '--rm', '--net', 'none', ...flags, 'busybox', 'sh', '-c', script)).split('\n')
}

/** The status of a container of this configuration, as its create and then its start answer. */
async function answers(hostConfig: object): Promise<{ created: number; warnings: string[]; started: number | undefined; message: string }> {
  const create = await daemon.api('POST', '/containers/create', { Image: 'busybox', HostConfig: { NetworkMode: 'none', ...hostConfig } })
  const { Id, Warnings = [], message = '' } = create.json<{ Id?: string; Warnings?: string[]; message?: string }>()
  if (Id === undefined) return { created: create.status, warnings: Warnings, started: undefined, message }
  const start = await daemon.api('POST', `/containers/${Id}/start`)
  return {
    created: create.status,
    warnings: Warnings,
    started: start.status,
    message: start.status === 204 ? '' : start.json<{ message: string }>().message,
  }
}

describe('limits', () => {
  test('of processes, files and devices are what was asked for', async () => {
    const flags = [
      '--ulimit',
      'nofile=100:200',
      '--ulimit',
      'core=-1',
      '--oom-score-adj',
      '500',
      '--shm-size',
      '1m',
      '--device',
      '/dev/net:/dev/of',
      '--device',
      '/dev/kmsg:/dev/nil:r',
    ]
    const script =
      'ulimit -n; ulimit -Hn; ulimit -c; cat /proc/self/oom_score_adj; df -k /dev/shm | tail -1 | tr -s " " | cut -d" " -f2; ls /dev/of; (: > /dev/nil) 2>/dev/null || echo refused'
    expect(await said(flags, script)).toEqual(['100', '200', 'unlimited', '500', '1024', 'tun', 'refused'])
  })

  test('of a control group can be read in it, and changed while it runs', async () => {
    const id = await daemon.ok(
      'run',
      '-d',
      '--net',
      'none',
      '-m',
      '64m',
      '--pids-limit',
      '77',
      '--cpu-shares',
      '512',
      '--cpus',
      '0.5',
      '--cpuset-cpus',
      '0',
      'busybox',
      'sleep',
      '1000',
    )
    const { cgroupVersion, files } = await cgroupFiles()
    const read = async () => (await daemon.ok('exec', id, 'cat', ...files)).split('\n')
    const quota = (us: number) => (cgroupVersion === 1 ? String(us) : `${us} 100000`)
    // runc maps shares 2…262144 to weights 1…10000.
    const shares = (v1: number) => String(cgroupVersion === 1 ? v1 : 1 + Math.floor(((v1 - 2) * 9999) / 262142))
    expect(await read()).toEqual([String(64 * 1024 ** 2), '77', shares(512), quota(50_000), '0'])
    await daemon.ok('update', '-m', '32m', '--memory-swap', '64m', '--pids-limit', '78', '--cpu-shares', '256', '--cpus', '0.25', id)
    expect(await read()).toEqual([String(32 * 1024 ** 2), '78', shares(256), quota(25_000), '0'])
    await daemon.ok('update', '--pids-limit', '-1', id)
    expect((await read())[1]).toBe('max')
    expect(await daemon.ok('inspect', '-f', '{{.HostConfig.PidsLimit}}', id)).toBe('0')
    const devices = { Devices: [{ PathOnHost: '/dev/null' }], Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }], CpuPercent: 5 }
    expect((await daemon.api('POST', `/containers/${id}/update`, devices)).json()).toEqual({
      Warnings: [
        'linux does not support CPU percent. Percent discarded.',
        'Devices of an existing container cannot be updated. Discarded.',
        'Ulimits of an existing container cannot be updated. Discarded.',
      ],
    })
    expect((await daemon.api('POST', `/containers/${id}/update`, { MemorySwap: 1024 ** 2 })).json()).toEqual({
      message: expect.stringMatching(/^Cannot update container [0-9a-f]{64}: runc did not terminate successfully: exit status 1: .*: unknown$/s),
    })
    await daemon.ok('rm', '-f', id)
  })

  test('that nobody can keep are refused by name', async () => {
    expect(await answers({ DeviceRequests: [{ Driver: '', Count: -1, Capabilities: [['gpu']] }] })).toMatchObject({
      created: 201,
      started: 500,
      message: 'could not select device driver "" with capabilities: [[gpu]]',
    })
    expect(await answers({ StorageOpt: { size: '1g' } })).toMatchObject({ created: 500, message: expect.stringContaining('--storage-opt is supported only') })
    expect(await answers({ Devices: [{ PathOnHost: '/etc/hosts', PathInContainer: '/dev/x' }] })).toMatchObject({
      started: 500,
      message: 'error gathering device information while adding custom device "/etc/hosts": not a device node',
    })
    expect(await answers({ DeviceCgroupRules: ['x'] })).toMatchObject({ started: 500, message: "invalid device cgroup rule format: 'x'" })
  })

  test('that are dropped are warned of, and not shown', async () => {
    const { warnings } = await answers({ CpuPercent: 5, KernelMemoryTCP: 9e6, OomKillDisable: true })
    expect(warnings).toContain('linux does not support CPU percent. Percent discarded.')
    expect(warnings).toContain('Your kernel does not support kernel memory TCP limit capabilities or the cgroup is not mounted. Limitation discarded.')
    expect(warnings).toContainEqual(expect.stringMatching(/OOM killer is disabled|does not support OomKillDisable/))
  })
})

describe('security', () => {
  test('users, groups, privileges, paths and system calls', async () => {
    const profile = JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }] })
    const flags = ['--security-opt', 'no-new-privileges:1', '--read-only', '--tmpfs', '/tmp:size=1m', '-u', '7:8', '--group-add', '9', '--group-add', 'users']
    const { Id } = (
      await daemon.api('POST', '/containers/create', {
        Image: 'busybox',
        Cmd: ['sh', '-c', 'mkdir /tmp/x 2>/dev/null || echo no mkdir; cat /etc/passwd; wc -c < /proc/self/status | grep -c .'],
        HostConfig: { NetworkMode: 'none', SecurityOpt: [`seccomp=${profile}`], MaskedPaths: ['/etc/passwd'], ReadonlyPaths: [] },
      })
    ).json<{ Id: string }>()
    expect(await daemon.ok('start', '-a', Id)).toBe('no mkdir\n1')
    const groups = (await daemon.ok('run', '--rm', 'busybox', 'sed', '-n', 's/^users:[^:]*:\\([0-9]*\\):.*/\\1/p', '/etc/group')) || undefined
    const all = groups === undefined ? flags.slice(0, -2) : flags
    const script = 'grep NoNewPrivs /proc/self/status | cut -f2; id -u; id -g; id -G; touch /x 2>/dev/null || echo read-only; touch /tmp/x && echo written'
    expect(await said(all, script)).toEqual(['1', '7', '8', ['8', '9', ...(groups === undefined ? [] : [groups])].join(' '), 'read-only', 'written'])
  })

  test('unknown options are no options', async () => {
    expect(await answers({ SecurityOpt: ['walls=high'] })).toMatchObject({ created: 500, message: 'invalid --security-opt 2: "walls=high"' })
    expect(await answers({ SecurityOpt: ['seccomp={'] })).toMatchObject({
      created: 201,
      started: 500,
      message: expect.stringMatching(/^Decoding seccomp profile failed: /),
    })
  })

  test('the profile of AppArmor is shown, whether the host has it or not', async () => {
    const { Id } = (await daemon.api('POST', '/containers/create', { Image: 'busybox', HostConfig: { SecurityOpt: ['apparmor=mine'] } })).json<{ Id: string }>()
    expect(await daemon.ok('inspect', '-f', '{{.AppArmorProfile}}', Id)).toBe('mine')
  })
})

test('a container without a network has none, whatever its mode', async () => {
  const { Id } = (await daemon.api('POST', '/containers/create', { Image: 'busybox', NetworkDisabled: true, Cmd: ['ls', '/sys/class/net'] })).json<{
    Id: string
  }>()
  expect(await daemon.ok('start', '-a', Id)).toBe('lo')
})

describe('namespaces', () => {
  test('names of the host and of its domain', async () => {
    expect(await said(['-h', 'box', '--domainname', 'example.org'], 'hostname; cat /proc/sys/kernel/domainname')).toEqual(['box', 'example.org'])
    expect(await said(['--uts', 'host'], 'hostname')).toEqual([await hostName()])
  })

  test('IPC: none, private, and shareable, which others join', async () => {
    expect(await said(['--ipc', 'none'], 'ls -d /dev/shm 2>/dev/null; echo end')).toEqual(['end'])
    await daemon.ok('run', '-d', '--net', 'none', '--name', 'open', '--ipc', 'shareable', 'busybox', 'sh', '-c', 'echo hello > /dev/shm/note; sleep 1000')
    await daemon.ok('run', '-d', '--net', 'none', '--name', 'closed', 'busybox', 'sleep', '1000')
    expect(await said(['--ipc', 'container:open'], 'until cat /dev/shm/note; do sleep 0.1; done 2>/dev/null')).toEqual(['hello'])
    expect(await said(['--pid', 'container:open'], 'ps | grep -c "[s]leep 1000"')).toEqual(['1'])
    expect(await answers({ IpcMode: 'container:closed' })).toMatchObject({
      started: 400,
      message: expect.stringContaining('non-shareable IPC (hint: use IpcMode:shareable'),
    })
    await daemon.ok('rm', '-f', 'open', 'closed')
  })

  test('an init only where it is the first process', async () => {
    expect(await said(['--init'], 'cat /proc/1/comm')).toEqual(['docker-init'])
    expect(await said(['--init', '--pid', 'host'], 'echo $PPID | grep -c .')).toEqual(['1'])
  })
})

describe('mounts', () => {
  const folder = (name: string) => mkdir(join(daemon.root, name, 'sub'), { recursive: true }).then(() => join(daemon.root, name))

  test('what is mounted below comes along, read-only too, or stays away', async () => {
    const host = await folder('layered')
    await run('mount', ['-t', 'tmpfs', 'below', join(host, 'sub')])
    try {
      const mount = (options: string) => ['--mount', `type=bind,source=${host},target=/b${options}`]
      const write = 'touch /b/sub/x 2>/dev/null && echo written || echo refused; grep -c " /b/sub " /proc/mounts || true'
      expect(await said(['-v', `${host}:/b:ro`], write)).toEqual(['refused', '1'])
      expect(await said(mount(',readonly,bind-recursive=writable'), write)).toEqual(['written', '1'])
      expect(await said(mount(',bind-recursive=disabled'), write)).toEqual(['written', '0'])
    } finally {
      await run('umount', [join(host, 'sub')])
    }
  })

  test('what is shared shows on both sides; what is not cannot be', async () => {
    const host = await folder('shared')
    const mountWithin = async (mode: string) => {
      const { code, stderr } = await daemon.docker([
        'run',
        '--rm',
        '--net',
        'none',
        '--cap-add',
        'SYS_ADMIN',
        '-v',
        `${host}:/b:${mode}`,
        'busybox',
        'mount',
        '-t',
        'tmpfs',
        'within',
        '/b/sub',
      ])
      return code === 0 ? mountedAt(join(host, 'sub')) : stderr
    }
    await run('mount', ['--bind', host, host])
    try {
      await run('mount', ['--make-private', host])
      expect(await mountWithin('rshared')).toContain(`path ${host} is mounted on ${host} but it is not a shared mount`)
      expect(await mountWithin('slave')).toContain(`path ${host} is mounted on ${host} but it is not a shared or slave mount`)
      await run('mount', ['--make-shared', host])
      expect(await mountWithin('rslave')).toEqual([])
      expect(await mountWithin('rshared')).toEqual(['within'])
    } finally {
      await run('umount', ['-R', host])
    }
  })

  test('options that tmpfs does not have', async () => {
    expect(await answers({ Tmpfs: { '/t': 'walls=high' } })).toMatchObject({ created: 201, started: 500, message: 'invalid tmpfs option ["walls" "high"]' })
  })
})

/** For old clients, containers share their IPC by default. */
test('the default of IPC depends on the version of the client', async () => {
  const modeOf = async (version: string) => {
    const { Id } = (await daemon.api('POST', `${version}/containers/create`, { Image: 'busybox' })).json<{ Id: string }>()
    return daemon.ok('inspect', '-f', '{{.HostConfig.IpcMode}}', Id)
  }
  expect([await modeOf('/v1.39'), await modeOf('/v1.40')]).toEqual(['shareable', 'private'])
})

/** What is mounted at a place of the host. */
async function mountedAt(path: string): Promise<string[]> {
  const lines = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' '))
  return lines.filter(([, point]) => point === path).map(([source = '']) => source)
}

async function cgroupFiles(): Promise<{ cgroupVersion: number; files: string[] }> {
  const cgroupVersion = Number(await daemon.ok('info', '-f', '{{.CgroupVersion}}'))
  const names =
    cgroupVersion === 1
      ? ['memory/memory.limit_in_bytes', 'pids/pids.max', 'cpu/cpu.shares', 'cpu/cpu.cfs_quota_us', 'cpuset/cpuset.cpus']
      : ['memory.max', 'pids.max', 'cpu.weight', 'cpu.max', 'cpuset.cpus']
  return { cgroupVersion, files: names.map((name) => `/sys/fs/cgroup/${name}`) }
}

function hostName(): Promise<string> {
  return daemon.ok('info', '-f', '{{.Name}}')
}
