import { describe, expect, it } from 'vitest'
import { capabilitiesFor } from './capabilities.ts'

const EVERYTHING = (1n << 41n) - 1n
const request = { isPrivileged: false, add: [], drop: [] }

/** Docker's, in the kernel's order. */
const DEFAULT = [
  ...['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_FSETID', 'CAP_KILL', 'CAP_SETGID', 'CAP_SETUID', 'CAP_SETPCAP'],
  ...['CAP_NET_BIND_SERVICE', 'CAP_NET_RAW', 'CAP_SYS_CHROOT', 'CAP_MKNOD', 'CAP_AUDIT_WRITE', 'CAP_SETFCAP'],
]

describe('capabilitiesFor', () => {
  it("gives docker's fourteen by default", () => expect(capabilitiesFor(request, EVERYTHING)).toEqual(DEFAULT))

  it('adds and drops by name, with or without CAP_ and in any case', () => {
    const got = capabilitiesFor({ ...request, add: ['net_admin'], drop: ['CAP_CHOWN', 'Kill'] }, EVERYTHING)
    expect(new Set(got)).toEqual(new Set([...DEFAULT.filter((name) => !['CAP_CHOWN', 'CAP_KILL'].includes(name)), 'CAP_NET_ADMIN']))
  })

  it('drops all and adds one', () => expect(capabilitiesFor({ ...request, drop: ['ALL'], add: ['CHOWN'] }, EVERYTHING)).toEqual(['CAP_CHOWN']))

  it('adds all but one', () => {
    const got = capabilitiesFor({ ...request, add: ['all'], drop: ['SYS_ADMIN'] }, EVERYTHING)
    expect(got).toHaveLength(40)
    expect(got).not.toContain('CAP_SYS_ADMIN')
  })

  it('adds all even if all are dropped', () => expect(capabilitiesFor({ ...request, add: ['ALL'], drop: ['ALL'] }, EVERYTHING)).toHaveLength(41))

  it('keeps what is both added and dropped', () => {
    expect(capabilitiesFor({ ...request, add: ['NET_ADMIN', 'CHOWN'], drop: ['NET_ADMIN', 'CHOWN'] }, EVERYTHING)).toEqual(
      expect.arrayContaining(['CAP_NET_ADMIN', 'CAP_CHOWN']),
    )
  })

  it('hands on no more than the daemon holds', () => {
    expect(capabilitiesFor({ ...request, isPrivileged: true }, 0b1001n)).toEqual(['CAP_CHOWN', 'CAP_FOWNER'])
    expect(capabilitiesFor({ ...request, add: ['ALL'] }, 1n << 12n)).toEqual(['CAP_NET_ADMIN'])
  })

  it.each([
    [{ ...request, add: ['NOSUCH'] }, 'invalid CapAdd: unknown capability: "CAP_NOSUCH"'],
    [{ ...request, drop: ['cap_nosuch'] }, 'invalid CapDrop: unknown capability: "CAP_NOSUCH"'],
    [{ ...request, isPrivileged: true, add: ['NOSUCH'] }, 'invalid CapAdd: unknown capability: "CAP_NOSUCH"'],
  ])('refuses %j', (asked, message) => {
    expect(() => capabilitiesFor(asked, EVERYTHING)).toThrow(expect.objectContaining({ kind: 'invalid', message }))
  })
})
