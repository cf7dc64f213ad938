import { describe, expect, it } from 'vitest'
import { deviceNumbers, hostDevice } from './devices.ts'

describe('deviceNumbers', () => {
  it.each([
    [0x103, 1, 3],
    [0x8800, 136, 0],
    [0x8812, 136, 0x12],
    // makedev(259, 65537): both numbers need their high bits.
    [Number((0x10000n << 12n) | 0x01n | (259n << 8n)), 259, 0x10001],
    [0, 0, 0],
  ])('%d is %d:%d', (rdev, major, minor) => expect(deviceNumbers(rdev)).toEqual({ major, minor }))
})

describe('hostDevice', () => {
  it('finds a device under another name', () => {
    expect(hostDevice('/dev/zero', '/dev/nil')).toMatchObject({ type: 'c', path: '/dev/nil', major: 1, minor: 5, fileMode: 0o666 })
  })

  it.each(['/dev/nosuch', '/etc', '/etc/passwd'])('%s is none', (path) => expect(hostDevice(path, path)).toBeUndefined())
})
