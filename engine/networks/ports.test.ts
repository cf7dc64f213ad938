import { describe, expect, it } from 'vitest'
import { parsePort, portMapOf, portWishes } from './ports.ts'

describe('parsePort', () => {
  it.each([
    ['80', [{ port: 80, protocol: 'tcp' }]],
    ['53/udp', [{ port: 53, protocol: 'udp' }]],
    ['9/SCTP', [{ port: 9, protocol: 'sctp' }]],
    ['8000-8002/tcp', [8000, 8001, 8002].map((port) => ({ port, protocol: 'tcp' }))],
  ])('%s', (text, expected) => expect(parsePort(text)).toEqual(expected))

  it.each(['', 'http', '0/tcp', '65536', '9-8', '80/icmp', '80/', '-1', '80-'])('refuses %j', (text) => {
    expect(() => parsePort(text)).toThrow(expect.objectContaining({ kind: 'invalid', message: `invalid port specification: "${text}"` }))
  })
})

describe('portWishes', () => {
  const wish = { protocol: 'tcp', hostIp: '', hostPort: 0, lastHostPort: 0 }

  it.each<[string, Parameters<typeof portWishes>[0], object[]]>([
    ['a port', { '80/tcp': [{ HostPort: '8080' }] }, [{ ...wish, containerPort: 80, hostPort: 8080, lastHostPort: 8080 }]],
    [
      'an address',
      { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] },
      [{ ...wish, containerPort: 80, hostIp: '127.0.0.1', hostPort: 8080, lastHostPort: 8080 }],
    ],
    ['one of a range', { '80/tcp': [{ HostPort: '8000-8010' }] }, [{ ...wish, containerPort: 80, hostPort: 8000, lastHostPort: 8010 }]],
    [
      'any port, three ways to say it',
      { '80/tcp': [{}], '81/tcp': null, '82/tcp': [{ HostPort: '' }] },
      [80, 81, 82].map((containerPort) => ({ ...wish, containerPort })),
    ],
    [
      'two bindings of one port',
      { '80/tcp': [{ HostPort: '1' }, { HostPort: '2' }] },
      [1, 2].map((port) => ({ ...wish, containerPort: 80, hostPort: port, lastHostPort: port })),
    ],
    ['an empty list is no binding', { '80/tcp': [] }, []],
  ])('%s', (_, bindings, expected) => expect(portWishes(bindings, ['80/tcp'], false)).toEqual(expected))

  it('publishes every exposed port that has no binding, when asked for all', () => {
    const wishes = portWishes({ '80/tcp': [{ HostPort: '8080' }] }, ['80/tcp', '81', '80/udp'], true)
    expect(wishes.map(({ containerPort, protocol, hostPort }) => `${hostPort}->${containerPort}/${protocol}`)).toEqual([
      '8080->80/tcp',
      '0->81/tcp',
      '0->80/udp',
    ])
  })

  it.each(['x', '70000', '9-8', '1-70000', '-5'])('refuses the host port %j', (HostPort) => {
    expect(() => portWishes({ '80/tcp': [{ HostPort }] }, [], false)).toThrow(expect.objectContaining({ kind: 'invalid' }))
  })
})

describe('portMapOf', () => {
  it('shows bindings of what is published, null for what is only exposed', () => {
    const published = ['0.0.0.0', '::'].map((hostIp) => ({ containerPort: 80, protocol: 'tcp', hostIp, hostPort: 32_768, target: '10.0.0.2' }) as const)
    expect(portMapOf(published, ['80/tcp', '81/tcp'])).toEqual({
      '80/tcp': [
        { HostIp: '0.0.0.0', HostPort: '32768' },
        { HostIp: '::', HostPort: '32768' },
      ],
      '81/tcp': null,
    })
  })
})
