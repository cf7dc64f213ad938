import { describe, expect, it } from 'vitest'
import { tmpfsMountOptions, tmpfsOptions } from './tmpfs-options.ts'

describe('tmpfsOptions', () => {
  it.each([
    ['', []],
    ['size=64m,exec,mode=1700,uid=5', ['size=64m', 'exec', 'mode=1700', 'uid=5']],
    ['ro,,noatime', ['ro', 'noatime']],
  ])('%j after docker’s own', (text, options) => expect(tmpfsOptions(text)).toEqual(['noexec', 'nosuid', 'nodev', ...options]))

  it.each([
    ['foo', 'invalid tmpfs option ["foo"]'],
    ['size', 'invalid tmpfs option ["size"]'],
    ['ro=1', 'invalid tmpfs option ["ro" "1"]'],
  ])('%s is none', (text, message) => expect(() => tmpfsOptions(text)).toThrow(expect.objectContaining({ kind: 'system', message })))
})

describe('tmpfsMountOptions', () => {
  it('of size, mode, access and flags', () => {
    expect(tmpfsMountOptions({ ReadOnly: true, TmpfsOptions: { SizeBytes: 1024, Mode: 0o1770, Options: [['exec']] } })).toEqual([
      'size=1024',
      'mode=1770',
      'ro',
      'exec',
    ])
    expect(tmpfsMountOptions({})).toEqual([])
  })

  it('refuses others', () => {
    expect(() => tmpfsMountOptions({ TmpfsOptions: { Options: [['uid', '5']] } })).toThrow('invalid mount config for type "tmpfs": invalid option: "uid=5"')
  })
})
