import { describe, expect, it } from 'vitest'
import { cleanPath, parseBind, parseVolumesFrom, toOciMount } from './mount.ts'

const plain = { mode: '', isReadOnly: false, copiesContent: true, propagation: '' }

describe('parseBind', () => {
  it.each([
    ['/data', { ...plain, source: '', destination: '/data' }],
    ['vol:/data', { ...plain, source: 'vol', destination: '/data' }],
    ['/host:/data', { ...plain, source: '/host', destination: '/data' }],
    ['/host:/data:ro', { ...plain, source: '/host', destination: '/data', mode: 'ro', isReadOnly: true }],
    ['vol:/data:nocopy', { ...plain, source: 'vol', destination: '/data', mode: 'nocopy', copiesContent: false }],
    ['/host:/data:ro,rslave,Z', { ...plain, source: '/host', destination: '/data', mode: 'ro,rslave,Z', isReadOnly: true, propagation: 'rslave' }],
    ['vol://data//deep/', { ...plain, source: 'vol', destination: '/data/deep' }],
  ])('%s', (text, expected) => expect(parseBind(text)).toEqual(expected))

  it.each([
    ['', "invalid volume specification: ''"],
    ['a:', "invalid volume specification: 'a:'"],
    [':/b', "invalid volume specification: ':/b'"],
    ['/b:ro', "invalid volume specification: '/b:ro'"],
    ['/a::ro', `invalid volume specification: '/a::ro': invalid mount config for type "bind": field Target must not be empty`],
    ['/a:/b:nocopy', `invalid volume specification: '/a:/b:nocopy': invalid mount config for type "bind": field VolumeOptions must not be specified`],
    ['a:/b:shared', `invalid volume specification: 'a:/b:shared': invalid mount config for type "volume": field BindOptions must not be specified`],
    ['/a:b', `invalid volume specification: '/a:b': invalid mount config for type "bind": invalid mount path: 'b' mount path must be absolute`],
    ['a:/b:ro:x', "invalid volume specification: 'a:/b:ro:x'"],
    ['a:b', `invalid volume specification: 'a:b': invalid mount config for type "volume": invalid mount path: 'b' mount path must be absolute`],
    ['/a:/', `invalid volume specification: '/a:/': invalid mount config for type "bind": invalid specification: destination can't be '/'`],
    ['/a:/b/..', `invalid volume specification: '/a:/b/..': invalid mount config for type "bind": invalid specification: destination can't be '/'`],
    ['/a:///', `invalid volume specification: '/a:///': invalid mount config for type "bind": invalid specification: destination can't be '/'`],
    ['a:/b:rx', 'invalid mode: rx'],
    ['a:/b:ro,rx', 'invalid mode: ro,rx'],
    ['a:/b:ro,rw', 'invalid mode: ro,rw'],
    ['/a:/b:shared,slave', 'invalid mode: shared,slave'],
  ])('refuses %j', (text, message) => expect(() => parseBind(text)).toThrow(expect.objectContaining({ kind: 'invalid', message })))
})

describe('parseVolumesFrom', () => {
  it.each([
    ['donor', { reference: 'donor', isReadOnly: false }],
    ['donor:', { reference: 'donor', isReadOnly: false }],
    ['donor:rw', { reference: 'donor', isReadOnly: false }],
    ['donor:ro,z', { reference: 'donor', isReadOnly: true }],
  ])('%s', (text, expected) => expect(parseVolumesFrom(text)).toEqual(expected))

  it.each([
    ['', 'volumes-from specification cannot be an empty string'],
    ['donor:rprivate', 'invalid mode: rprivate'],
    ['donor:nocopy', 'invalid mode: nocopy'],
    ['donor:ro,rw', 'invalid mode: ro,rw'],
    ['donor:bogus', 'invalid mode: bogus'],
    ['donor:ro:rw', 'invalid mode: ro:rw'],
  ])('refuses %j', (text, message) => expect(() => parseVolumesFrom(text)).toThrow(expect.objectContaining({ kind: 'invalid', message })))
})

describe('cleanPath', () => {
  it.each([
    ['/', '/'],
    ['/a/', '/a'],
    ['//a///b//', '/a/b'],
    ['/a/./b/../c', '/a/c'],
    ['/..', '/'],
  ])('%s', (path, expected) => expect(cleanPath(path)).toBe(expected))
})

describe('toOciMount', () => {
  const mount = { source: '/src', destination: '/dst', mode: '', rw: true, propagation: '' } as const
  const readOnly = { ...mount, type: 'bind', rw: false } as const

  it('read-only all the way down, where that can be had', () => {
    expect(toOciMount(readOnly, true).options).toEqual(['rbind', 'rro', 'rprivate'])
    expect(toOciMount({ ...readOnly, readOnlyDepth: 'top' }, true).options).toEqual(['rbind', 'ro', 'rprivate'])
    expect(() => toOciMount({ ...readOnly, readOnlyDepth: 'all' }, false)).toThrow('recursive read-only mounts are not supported')
  })

  it.each([
    ['a volume', { ...mount, type: 'volume' }, ['rbind', 'rw', 'rprivate']],
    ['read-only', { ...mount, type: 'bind', rw: false }, ['rbind', 'ro', 'rprivate']],
    ['with its propagation', { ...mount, type: 'bind', propagation: 'rshared' }, ['rbind', 'rw', 'rshared']],
    ['without what is mounted below', { ...mount, type: 'bind', isNonRecursive: true }, ['bind', 'rw', 'rprivate']],
    ['read-only at the top', { ...mount, type: 'bind', rw: false, readOnlyDepth: 'top' }, ['rbind', 'ro', 'rprivate']],
  ] as const)('%s', (_, point, options) => expect(toOciMount(point, false)).toEqual({ destination: '/dst', type: 'bind', source: '/src', options }))

  it('a tmpfs of --mount', () => {
    expect(toOciMount({ ...mount, type: 'tmpfs', source: '', tmpfsOptions: ['size=1024', 'mode=1777'] }, false)).toEqual({
      destination: '/dst',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['noexec', 'nosuid', 'nodev', 'size=1024', 'mode=1777'],
    })
  })
})
