import { describe, expect, it } from 'vitest'
import { csvFields, parseMount } from './mount-flag.ts'

describe('parseMount', () => {
  it.each([
    ['type=bind,source=/a,target=/b,readonly', { Type: 'bind', Source: '/a', Target: '/b', ReadOnly: true }],
    ['type=bind,src=/a,dst=/b,bind-propagation=rshared', { Type: 'bind', Source: '/a', Target: '/b', BindOptions: { Propagation: 'rshared' } }],
    ['target=/b', { Type: 'volume', Target: '/b' }],
    ['type=tmpfs,target=/t,tmpfs-size=64k,tmpfs-mode=1770', { Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 65536, Mode: 0o1770 } }],
    ['source=v,target=/b,volume-nocopy', { Type: 'volume', Source: 'v', Target: '/b', VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: {} } }],
  ])('%s', (text, mount) => expect(parseMount(text)).toEqual(mount))

  it('makes a path beginning with a dot absolute', () => expect(parseMount('type=bind,source=./x,target=/x').Source).toBe(`${process.cwd()}/x`))

  it.each([
    ['foo', "invalid field 'foo' must be a key=value pair"],
    ['foo=1,target=/a', "unexpected key 'foo' in 'foo=1'"],
    ['type=bind', 'target is required'],
    ['type=bind,target=/a,readonly=maybe', 'invalid value for readonly: maybe'],
    ['type=volume,target=/a,tmpfs-size=1', "cannot mix 'tmpfs-*' options with mount type 'volume'"],
    ['type=tmpfs,target=/a,tmpfs-size=x', 'invalid value for tmpfs-size: x'],
  ])('refuses %s', (text, message) => expect(() => parseMount(text)).toThrow(message))

  it('keeps commas inside quotes', () => expect(csvFields('a,"b=c,d",e""')).toEqual(['a', 'b=c,d', 'e""']))
})
