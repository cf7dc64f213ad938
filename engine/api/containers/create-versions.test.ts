import { describe, expect, it } from 'vitest'
import { ApiVersion } from '../version.ts'
import { readAsVersion, type SentContainer } from './create-versions.ts'

function read(version: string, sent: Partial<SentContainer>): SentContainer & { warnings: string[] } {
  const copy = structuredClone({ config: {}, hostConfig: {}, endpoints: {}, ...sent })
  return { ...copy, warnings: readAsVersion(new ApiVersion(version), copy) }
}

const bind = (BindOptions: object, more: object = {}) => ({ hostConfig: { Mounts: [{ Type: 'bind', Source: '/a', Target: '/b', BindOptions, ...more }] } })

describe('what was not there yet is left out', () => {
  it.each<[string, string, Partial<SentContainer>, object]>([
    ['AutoRemove', '1.25', { hostConfig: { AutoRemove: true } }, { hostConfig: { AutoRemove: false } }],
    ['a private /dev/shm by default', '1.40', {}, { hostConfig: { IpcMode: 'shareable' } }],
    ['NonRecursive', '1.40', bind({ NonRecursive: true }), bind({ NonRecursive: false })],
    ['CreateMountpoint', '1.42', bind({ CreateMountpoint: true }), bind({ CreateMountpoint: false })],
    ['ConsoleSize', '1.42', { hostConfig: { ConsoleSize: [1, 2] } }, { hostConfig: { ConsoleSize: undefined } }],
    ['Annotations', '1.43', { hostConfig: { Annotations: { a: 'b' } } }, { hostConfig: { Annotations: undefined } }],
    ['StartInterval', '1.44', { config: { Healthcheck: { StartInterval: 1 } } }, { config: { Healthcheck: { StartInterval: undefined } } }],
    ['MacAddress of an endpoint', '1.44', { endpoints: { x: { MacAddress: 'a' } } }, { endpoints: { x: { MacAddress: undefined } } }],
    ['GwPriority', '1.48', { endpoints: { x: { GwPriority: 7 } } }, { endpoints: { x: { GwPriority: undefined } } }],
  ])('%s before %s', (_, since, sent, expected) => {
    expect(read(previous(since), sent)).toMatchObject(expected)
    expect(read(since, sent)).toMatchObject(sent)
  })
})

describe('what would be something else is refused', () => {
  it.each<[string, Partial<SentContainer>, string]>([
    ['1.43', { endpoints: { b: {}, a: {} } }, 'Container cannot be created with multiple network endpoints: a, b'],
    ['1.43', bind({ ReadOnlyForceRecursive: true }), 'BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer'],
    [
      '1.44',
      { hostConfig: { Mounts: [{ Type: 'volume', Source: 'v', Target: '/b', VolumeOptions: { Subpath: 's' } }] } },
      'VolumeOptions.Subpath needs API v1.45 or newer',
    ],
    ['1.47', { hostConfig: { Mounts: [{ Type: 'image', Source: 'i', Target: '/b' }] } }, 'Mount type "Image" needs API v1.48 or newer'],
    ['1.43', { config: { MacAddress: 'a' }, hostConfig: { NetworkMode: 'host' } }, 'conflicting options: mac-address and the network mode'],
    ['1.43', { config: { MacAddress: 'a' }, hostConfig: { NetworkMode: 'container:x' } }, 'conflicting options: mac-address and the network mode'],
    [
      '1.44',
      { config: { MacAddress: 'a' }, hostConfig: { NetworkMode: 'n' }, endpoints: { n: { MacAddress: 'b' } } },
      'the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty',
    ],
    ['1.42', bind({}, { VolumeOptions: {} }), 'VolumeOptions must not be specified on mount type "bind"'],
    ['1.42', { hostConfig: { Mounts: [{ Type: 'tmpfs', Target: '/b', BindOptions: {} }] } }, 'BindOptions must not be specified on mount type "tmpfs"'],
  ])('%s: %j', (version, sent, message) => {
    expect(() => read(version, sent)).toThrow(expect.objectContaining({ kind: 'invalid', message }))
  })

  it('options of another type were not looked at before 1.42', () => {
    expect(read('1.41', bind({}, { VolumeOptions: {}, TmpfsOptions: {} })).hostConfig.Mounts?.[0]).toMatchObject({
      VolumeOptions: undefined,
      TmpfsOptions: undefined,
    })
  })
})

describe('what is warned of', () => {
  it('an address of the container, from 1.44 on', () => {
    expect(read('1.43', { config: { MacAddress: 'a' } }).warnings).toEqual([])
    expect(read('1.44', { config: { MacAddress: 'a' }, endpoints: { default: { MacAddress: 'a' } } }).warnings).toEqual([
      'The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.',
    ])
  })

  it('a driver that mounts do not have, from 1.48 on', () => {
    const sent = { hostConfig: { VolumeDriver: 'local', Mounts: [{ Type: 'volume', Target: '/x' }] } }
    expect(read('1.47', sent).warnings).toEqual([])
    expect(read('1.48', sent).warnings).toEqual([expect.stringContaining('the container-wide volume-driver configuration is ignored')])
  })
})

function previous(version: string): string {
  return `1.${Number(version.slice(2)) - 1}`
}
