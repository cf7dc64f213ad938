import { describe, expect, it } from 'vitest'
import { portMaps } from './published-ports.ts'

describe('portMaps', () => {
  it.each([
    ['80', { '80/tcp': [{ HostIp: '', HostPort: '' }] }],
    ['8080:80', { '80/tcp': [{ HostIp: '', HostPort: '8080' }] }],
    ['127.0.0.1:8080:80/udp', { '80/udp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] }],
    ['127.0.0.1::80', { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] }],
    ['[::1]:8080:80', { '80/tcp': [{ HostIp: '::1', HostPort: '8080' }] }],
    ['8000-8001:80-81', { '80/tcp': [{ HostIp: '', HostPort: '8000' }], '81/tcp': [{ HostIp: '', HostPort: '8001' }] }],
    ['8000-8010:80', { '80/tcp': [{ HostIp: '', HostPort: '8000-8010' }] }],
    ['published=8080,target=80,protocol=udp', { '80/udp': [{ HostIp: '', HostPort: '8080' }] }],
  ])('-p %s', (text, bindings) => expect(portMaps([text])).toEqual({ bindings, exposed: Object.fromEntries(Object.keys(bindings).map((port) => [port, {}])) }))

  it('puts several bindings of a port together, and adds what is only exposed', () => {
    const { bindings, exposed } = portMaps(['1:80', '2:80'], ['90-91/udp'])
    expect(bindings['80/tcp']).toHaveLength(2)
    expect(Object.keys(exposed)).toEqual(['80/tcp', '90/udp', '91/udp'])
  })

  it.each([
    [['99999:1'], [], 'invalid hostPort: 99999'],
    [['x'], [], 'invalid containerPort: x'],
    [['1-2:3-5'], [], 'invalid ranges specified for container and host Ports: 3-5 and 1-2'],
    [['1.2.3:80:80'], [], 'invalid IP address: 1.2.3'],
    [['80/foo'], [], 'invalid proto: foo'],
    [[':'], [], 'no port specified: :<empty>'],
    [[], ['1:2'], 'invalid port format for --expose: 1:2'],
    [[], ['5-1'], 'invalid range format for --expose: 5-1, error: invalid range specified for port: 5-1'],
  ])('refuses -p %j --expose %j', (published, exposed, message) => expect(() => portMaps(published, exposed)).toThrow(message))
})
