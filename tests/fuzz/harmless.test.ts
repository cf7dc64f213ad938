import { describe, expect, test } from 'vitest'
import * as bodies from './bodies.ts'
import { isHarmless } from './harmless.ts'

const check = (body: unknown) => isHarmless(Buffer.from(JSON.stringify(body).replaceAll('{sandbox}', '/sandbox')), '/sandbox')

describe('a body that may be sent', () => {
  test.each(Object.entries(bodies))('%s as it stands', (_, body) => expect(check(body)).toBe(true))
  test('no JSON', () => expect(isHarmless(Buffer.from('{"Privileged":true'), '/sandbox')).toBe(true))
})

test('is not sent when it lost what it must have', () => expect(isHarmless(Buffer.from('{}'), '/sandbox', ['serveraddress'])).toBe(false))

test.each([
  [{ HostConfig: { Privileged: true } }],
  [{ hostconfig: { PRIVILEGED: true } }],
  [{ HostConfig: { Binds: ['/etc:/x'] } }],
  [{ HostConfig: { Binds: ['/sandbox/../etc:/x'] } }],
  [{ HostConfig: { Binds: [['/etc:/x']] } }],
  [{ HostConfig: { Mounts: [{ Type: 'bind', Source: '/', Target: '/x' }] } }],
  [{ HostConfig: { Devices: [{ PathOnHost: '/dev/sda' }] } }],
  [{ HostConfig: { CapAdd: ['SYS_ADMIN'] } }],
  [{ HostConfig: { CapAdd: 'all' } }],
  [{ HostConfig: { PidMode: 'host' } }],
  [{ HostConfig: { NetworkMode: 'host' } }],
  [{ HostConfig: { CgroupParent: '/x' } }],
  [{ HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '22' }] } } }],
  [{ serveraddress: 'example.test' }],
  [{ serveraddress: null }],
  [{ DriverOpts: { type: 'ext4', device: '/dev/sda' } }],
])('%j is not sent', (body) => expect(check(body)).toBe(false))
