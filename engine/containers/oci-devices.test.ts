import { describe, expect, it } from 'vitest'
import { deviceRules, devicesFor } from './oci-devices.ts'

describe('device rules', () => {
  it('deny everything first', () => expect(deviceRules({})[0]).toEqual({ allow: false, access: 'rwm' }))

  it('of a privileged container allow everything', () => expect(deviceRules({ Privileged: true })).toEqual([{ allow: true, access: 'rwm' }]))

  it('name a device that was asked for by its numbers', () => {
    const rules = deviceRules({ Devices: [{ PathOnHost: '/dev/kmsg', PathInContainer: '/dev/log', CgroupPermissions: 'r' }] })
    expect(rules.at(-1)).toEqual({ allow: true, type: 'c', major: 1, minor: 11, access: 'r' })
  })

  it.each([
    ['c 7:* rmw', { allow: true, type: 'c', major: 7, access: 'rmw' }],
    ['b *:3 r', { allow: true, type: 'b', minor: 3, access: 'r' }],
    ['a *:* rwm', { allow: true, type: 'a', access: 'rwm' }],
  ])('%s', (text, rule) => expect(deviceRules({ DeviceCgroupRules: [text] }).at(-1)).toEqual(rule))

  it.each(['x 1:1 r', 'c 1 r', 'c 1:1', 'c 1:1 rwmm', 'c 1:1 q'])('refuse %j', (text) => {
    expect(() => deviceRules({ DeviceCgroupRules: [text] })).toThrow(`invalid device cgroup rule format: '${text}'`)
  })
})

describe('device nodes', () => {
  it('appear under the name that was asked for', () => {
    expect(devicesFor({ Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/nowhere' }] })).toMatchObject([
      { type: 'c', path: '/dev/nowhere', major: 1, minor: 3 },
    ])
  })

  it('must exist on the host, and be devices', () => {
    const message = (path: string, why: string) => `error gathering device information while adding custom device "${path}": ${why}`
    expect(() => devicesFor({ Devices: [{ PathOnHost: '/dev/nosuch' }] })).toThrow(message('/dev/nosuch', 'no such file or directory'))
    expect(() => devicesFor({ Devices: [{ PathOnHost: '/etc/passwd' }] })).toThrow(message('/etc/passwd', 'not a device node'))
    expect(() => devicesFor({ Devices: [{ PathOnHost: '/etc' }] })).toThrow(message('/etc', 'not a device node'))
  })

  it('of a folder are all that are in it', () => {
    expect(devicesFor({ Devices: [{ PathOnHost: '/dev/net', PathInContainer: '/dev/of' }] })).toMatchObject([{ type: 'c', path: '/dev/of/tun' }])
  })

  it('of a privileged container are the host’s, and those under another name', () => {
    const paths = devicesFor({ Privileged: true, Devices: [{ PathOnHost: '/dev/null' }, { PathOnHost: '/dev/null', PathInContainer: '/dev/nil' }] }).map(
      ({ path }) => path,
    )
    expect(paths.filter((path) => /^\/dev\/(null|nil)$/.test(path))).toEqual(['/dev/null', '/dev/nil'])
  })

  it('that need a driver are refused by its name', () => {
    const request = (Driver?: string) => () => devicesFor({ DeviceRequests: [{ Driver, Count: -1, Capabilities: [['gpu', 'compute'], ['x']] }] })
    expect(request()).toThrow('could not select device driver "" with capabilities: [[gpu compute] [x]]')
    expect(request('nvidia')).toThrow('could not select device driver "nvidia" with capabilities: [[gpu compute] [x]]')
  })
})
