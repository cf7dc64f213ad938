import { expect, it } from 'vitest'
import { defaultSeccomp } from './seccomp.ts'

interface Profile {
  readonly syscalls: readonly { readonly names: readonly string[]; readonly action: string; readonly args?: readonly unknown[] }[]
}

it('lets containers open sockets of every family but AF_VSOCK, which would reach the hypervisor', () => {
  const { syscalls } = defaultSeccomp([]) as Profile
  const rules = syscalls.filter(({ names }) => names.includes('socket'))
  expect(rules).toEqual([{ names: ['socket'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value: 40, op: 'SCMP_CMP_NE' }] }])
})
