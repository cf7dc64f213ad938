import { describe, expect, it } from 'vitest'
import { customSeccomp, defaultSeccomp } from './seccomp.ts'

interface Profile {
  readonly defaultAction: string
  readonly defaultErrnoRet?: number
  readonly architectures: readonly string[]
  readonly syscalls: readonly { readonly names: readonly string[]; readonly action: string; readonly args?: readonly unknown[]; readonly errnoRet?: number }[]
}

const ADMIN = ['CAP_SYS_ADMIN']

/** The rules for one system call. */
function rulesOf(name: string, capabilities: readonly string[]) {
  return (defaultSeccomp(capabilities) as Profile).syscalls.filter(({ names }) => names.includes(name))
}

describe('the default filter', () => {
  it('forbids what it does not name, with EPERM', () => {
    expect(defaultSeccomp([])).toMatchObject({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 1 })
    for (const name of ['kexec_load', 'swapon', 'keyctl', 'add_key', 'userfaultfd', 'io_uring_setup', 'pivot_root'])
      expect(rulesOf(name, ADMIN), name).toEqual([])
  })

  it('lets containers open sockets of every family but AF_VSOCK, which would reach the hypervisor', () => {
    expect(rulesOf('socket', [])).toEqual([{ names: ['socket'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value: 40, op: 'SCMP_CMP_NE' }] }])
  })

  it('lets nobody without CAP_SYS_ADMIN make namespaces, and sends clone3 back to clone', () => {
    const newNamespaces = 0x7e020000
    expect(rulesOf('clone', [])).toMatchObject([{ action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value: newNamespaces, op: 'SCMP_CMP_MASKED_EQ' }] }])
    expect(rulesOf('clone3', [])).toMatchObject([{ action: 'SCMP_ACT_ERRNO', errnoRet: 38 }])
    expect(rulesOf('unshare', [])).toEqual([])
    for (const name of ['clone', 'clone3', 'unshare']) expect(rulesOf(name, ADMIN)).toMatchObject([{ action: 'SCMP_ACT_ALLOW' }])
  })

  it.each([
    ['mount', 'CAP_SYS_ADMIN'],
    ['bpf', 'CAP_BPF'],
    ['perf_event_open', 'CAP_PERFMON'],
    ['syslog', 'CAP_SYSLOG'],
    ['init_module', 'CAP_SYS_MODULE'],
    ['reboot', 'CAP_SYS_BOOT'],
    ['chroot', 'CAP_SYS_CHROOT'],
    ['settimeofday', 'CAP_SYS_TIME'],
    ['open_by_handle_at', 'CAP_DAC_READ_SEARCH'],
    ['kcmp', 'CAP_SYS_PTRACE'],
    ['mbind', 'CAP_SYS_NICE'],
    ['vhangup', 'CAP_SYS_TTY_CONFIG'],
    ['acct', 'CAP_SYS_PACCT'],
    ['ioperm', 'CAP_SYS_RAWIO'],
  ])('opens %s to those who have %s', (name, capability) => {
    expect(rulesOf(name, [])).toEqual([])
    expect(rulesOf(name, [capability])).toMatchObject([{ action: 'SCMP_ACT_ALLOW' }])
  })

  it.each(['read', 'execve', 'ptrace', 'process_vm_readv', 'io_pgetevents', 'vmsplice', 'statx', 'faccessat2', 'landlock_create_ruleset', 'seccomp'])(
    'lets everybody call %s',
    (name) => expect(rulesOf(name, [])).toHaveLength(1),
  )
})

describe('a profile of the user', () => {
  const here = process.arch === 'arm64' ? 'arm64' : 'amd64'

  it("understands docker's conditions", () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [
        { names: ['always'], action: 'SCMP_ACT_ALLOW', comment: 'kept out' },
        { name: 'old-form', action: 'SCMP_ACT_ALLOW' },
        { names: ['for-admins'], action: 'SCMP_ACT_ALLOW', includes: { caps: ADMIN } },
        { names: ['for-two'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_ADMIN', 'CAP_CHOWN'] } },
        { names: ['not-for-admins'], action: 'SCMP_ACT_ERRNO', errnoRet: 38, excludes: { caps: ADMIN } },
        { names: ['here'], action: 'SCMP_ACT_ALLOW', includes: { arches: ['s390x', here], minKernel: '4.8' } },
        { names: ['elsewhere'], action: 'SCMP_ACT_ALLOW', includes: { arches: ['s390', 's390x'] } },
        { names: ['not-here'], action: 'SCMP_ACT_ALLOW', excludes: { arches: [here] } },
      ],
    }
    const names = (capabilities: string[]) => (customSeccomp(JSON.stringify(profile), capabilities) as Profile).syscalls.flatMap((rule) => rule.names)
    expect(names([])).toEqual(['always', 'old-form', 'not-for-admins', 'here'])
    expect(names(ADMIN)).toEqual(['always', 'old-form', 'for-admins', 'here'])
  })

  it('passes on what the runtime knows', () => {
    const profile = {
      defaultAction: 'SCMP_ACT_LOG',
      defaultErrnoRet: 5,
      architectures: ['SCMP_ARCH_X86'],
      syscalls: [{ names: ['x'], action: 'SCMP_ACT_ALLOW' }],
    }
    expect(customSeccomp(JSON.stringify(profile), [])).toEqual({
      ...profile,
      syscalls: [{ names: ['x'], action: 'SCMP_ACT_ALLOW', args: [], errnoRet: undefined }],
    })
  })

  it.each(['', '{', '/path/of/a/file.json'])('%j is no JSON', (text) => {
    expect(() => customSeccomp(text, [])).toThrow(
      expect.objectContaining({ kind: 'system', message: expect.stringMatching(/^Decoding seccomp profile failed: /) }),
    )
  })

  it.each(['{}', 'null', '[]', '{"defaultAction":"SCMP_ACT_ALLOW"}'])('%j is no profile', (text) => {
    expect(() => customSeccomp(text, [])).toThrow('Decoding seccomp profile failed: defaultAction and syscalls are required')
  })
})
