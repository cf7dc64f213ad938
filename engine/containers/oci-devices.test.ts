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
    const message = (path: string) => `error gathering device information while adding custom device "${path}": no such file or directory`
    expect(() => devicesFor({ Devices: [{ PathOnHost: '/dev/nosuch' }] })).toThrow(message('/dev/nosuch'))
    expect(() => devicesFor({ Devices: [{ PathOnHost: '/etc/passwd' }] })).toThrow(message('/etc/passwd'))
  })
})
