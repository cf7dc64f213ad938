import { describe, expect, it } from 'vitest'
import { parseSecurityOptions, type SecurityOptions } from './security-options.ts'

const none: SecurityOptions = { noNewPrivileges: false, seccomp: undefined, apparmor: undefined, writableCgroups: undefined }

describe('parseSecurityOptions', () => {
  it.each<[readonly string[] | undefined, Partial<SecurityOptions>]>([
    [undefined, {}],
    [['no-new-privileges'], { noNewPrivileges: true }],
    [['no-new-privileges:T'], { noNewPrivileges: true }],
    [['no-new-privileges', 'no-new-privileges=f'], {}],
    [['seccomp=unconfined'], { seccomp: 'unconfined' }],
    [['seccomp={"a":"b=c"}'], { seccomp: '{"a":"b=c"}' }],
    [['apparmor:mine'], { apparmor: 'mine' }],
    [['writable-cgroups=1'], { writableCgroups: true }],
    [['label=type:x', 'label:disable', 'disable'], {}],
  ])('%j', (options, expected) => expect(parseSecurityOptions(options)).toEqual({ ...none, ...expected }))

  it.each([
    ['foo', 'invalid --security-opt 1: "foo"'],
    ['foo=bar', 'invalid --security-opt 2: "foo=bar"'],
    ['no-new-privileges=maybe', 'invalid --security-opt 2: "no-new-privileges=maybe"'],
    ['systempaths=unconfined', 'invalid --security-opt 2: "systempaths=unconfined"'],
  ])('refuses %s', (option, message) => expect(() => parseSecurityOptions([option])).toThrow(expect.objectContaining({ kind: 'system', message })))
})
