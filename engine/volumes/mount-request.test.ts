import { describe, expect, it } from 'vitest'
import { checkMountRequest, type MountRequest } from './mount-request.ts'

const REFUSED: readonly [MountRequest, string][] = [
  [{ Target: '/x' }, 'invalid mount config for type "": mount type unknown'],
  [{ Type: 'npipe', Target: '/x' }, 'invalid mount config for type "npipe": mount type unknown'],
  [{ Type: 'cluster', Target: '/x' }, 'invalid mount config for type "cluster": mount type unknown'],
  [{ Type: 'bind', Source: '/a' }, 'invalid mount config for type "bind": field Target must not be empty'],
  [{ Type: 'bind', Source: '/a', Target: 'x' }, `invalid mount config for type "bind": invalid mount path: 'x' mount path must be absolute`],
  [{ Type: 'bind', Source: '/a', Target: '//' }, `invalid mount config for type "bind": invalid specification: destination can't be '/'`],
  [{ Type: 'bind', Target: '/x' }, 'invalid mount config for type "bind": field Source must not be empty'],
  [{ Type: 'bind', Source: 'a', Target: '/x' }, `invalid mount config for type "bind": invalid mount path: 'a' mount path must be absolute`],
  [{ Type: 'tmpfs', Source: '/a', Target: '/x' }, 'invalid mount config for type "tmpfs": field Source must not be specified'],
  [{ Type: 'bind', Source: '/a', Target: '/x', VolumeOptions: {} }, 'invalid mount config for type "bind": field VolumeOptions must not be specified'],
  [{ Type: 'volume', Target: '/x', BindOptions: {} }, 'invalid mount config for type "volume": field BindOptions must not be specified'],
  [{ Type: 'image', Target: '/x' }, 'invalid mount config for type "image": field Source must not be empty'],
  [
    { Type: 'image', Source: 'a', Target: '/x', ImageOptions: { Subpath: 'a/../..' } },
    'invalid mount config for type "image": subpath must be a relative path within the volume',
  ],
  [
    { Type: 'volume', Source: 'a', Target: '/x', VolumeOptions: { Subpath: '/a' } },
    'invalid mount config for type "volume": subpath must be a relative path within the volume',
  ],
  [
    { Type: 'volume', Target: '/x', VolumeOptions: { Subpath: 'a' } },
    'invalid mount config for type "volume": must not set Subpath when using anonymous volumes',
  ],
  [{ Type: 'tmpfs', Target: '/x', ImageOptions: {} }, 'invalid mount config for type "tmpfs": field ImageOptions must not be specified'],
  [{ Type: 'bind', Source: '/a', Target: '/x', BindOptions: { Propagation: 'far' } }, 'invalid mount config for type "bind": invalid propagation mode: far'],
  [
    { Type: 'bind', Source: '/a', Target: '/x', BindOptions: { ReadOnlyForceRecursive: true } },
    'mount options conflict: !ReadOnly && BindOptions.ReadOnlyForceRecursive',
  ],
  [
    { Type: 'bind', Source: '/a', Target: '/x', ReadOnly: true, BindOptions: { ReadOnlyForceRecursive: true, ReadOnlyNonRecursive: true } },
    'mount options conflict: ReadOnlyNonRecursive && BindOptions.ReadOnlyForceRecursive',
  ],
]

describe('checkMountRequest', () => {
  it.each(REFUSED)('%j: %s', (mount, message) => expect(() => checkMountRequest(mount)).toThrow(expect.objectContaining({ kind: 'invalid', message })))

  it('cleans the place', () => {
    expect(checkMountRequest({ Type: 'volume', Target: '/a//b/' })).toEqual({ type: 'volume', destination: '/a/b' })
  })
})
