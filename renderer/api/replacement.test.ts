import { expect, test } from 'vitest'
import { changedBindings, replacementOf } from './replacement.ts'

const ID = 'c0ffee123456'.padEnd(64, '0')
const ANONYMOUS = 'a'.repeat(64)
const CHANGE = { inside: '80/tcp', from: 8080, to: 9090, addresses: [] }

const CONTAINER = {
  Id: ID,
  Config: { Hostname: ID.slice(0, 12), Image: 'acme/web:1', Env: ['A=1'], Volumes: { '/cache': {} } },
  HostConfig: {
    NetworkMode: 'front',
    PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }], '53/udp': [{ HostIp: '', HostPort: '53' }] },
    Binds: ['data:/data:ro'],
    Mounts: [{ Type: 'volume', Target: '/spool' }],
    Links: ['/db:/web/store'],
    Memory: 1024,
  },
  Mounts: [
    { Type: 'volume', Name: 'data', Destination: '/data', RW: false },
    { Type: 'volume', Name: ANONYMOUS, Destination: '/cache', RW: true },
    { Type: 'volume', Name: 'b'.repeat(64), Destination: '/spool', RW: true },
  ],
  NetworkSettings: {
    Networks: {
      front: { NetworkID: '1', IPAddress: '172.20.0.2', IPAMConfig: null, Aliases: ['web', ID.slice(0, 12)] },
      back: { NetworkID: '2', IPAddress: '172.21.0.9', IPAMConfig: { IPv4Address: '172.21.0.9' }, Aliases: ['api'] },
    },
  },
}

test('what was configured is said again, with another port; what the engine gave is not', () => {
  const { body, furtherNetworks } = replacementOf(CONTAINER, CHANGE, 'acme/web:1')
  expect(body).not.toHaveProperty('Hostname')
  expect(body).toMatchObject({
    Image: 'acme/web:1',
    Env: ['A=1'],
    HostConfig: {
      Memory: 1024,
      Links: ['/db:/web/store'],
      PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '9090' }], '53/udp': [{ HostIp: '', HostPort: '53' }] },
    },
    NetworkingConfig: { EndpointsConfig: { front: { Aliases: ['web'], IPAMConfig: null } } },
  })
  expect(body).not.toHaveProperty('NetworkingConfig.EndpointsConfig.front.IPAddress')
  expect(furtherNetworks).toMatchObject([{ name: 'back', endpoint: { Aliases: ['api'], IPAMConfig: { IPv4Address: '172.21.0.9' } } }])
})

test('volumes that have no name of their own move over by the name that they were given', () => {
  const { body } = replacementOf(CONTAINER, CHANGE, 'acme/web:1')
  expect(body).toMatchObject({
    HostConfig: { Binds: ['data:/data:ro', `${ANONYMOUS}:/cache`], Mounts: [{ Type: 'volume', Target: '/spool', Source: 'b'.repeat(64) }] },
  })
})

test('a host name that somebody chose is kept', () => {
  expect(replacementOf({ ...CONTAINER, Config: { Hostname: 'web.test' } }, CHANGE, 'x').body).toMatchObject({ Hostname: 'web.test' })
})

test.each([
  ['another port of the same stays', [{ HostPort: '8080' }, { HostPort: '8081' }], [], [{ HostPort: '8081' }, { HostIp: '', HostPort: '9090' }]],
  [
    'both families become one',
    [
      { HostIp: '0.0.0.0', HostPort: '8080' },
      { HostIp: '::', HostPort: '8080' },
    ],
    [],
    [{ HostIp: '', HostPort: '9090' }],
  ],
  [
    'each address has its own',
    [{ HostPort: '8080' }],
    ['127.0.0.1', '::1'],
    [
      { HostIp: '127.0.0.1', HostPort: '9090' },
      { HostIp: '::1', HostPort: '9090' },
    ],
  ],
  ['one that the engine chose is named now', [{ HostPort: '' }, { HostPort: '7' }], [], [{ HostPort: '7' }, { HostIp: '', HostPort: '9090' }]],
  ['one of -P is said for itself', [], [], [{ HostIp: '', HostPort: '9090' }]],
])('%s', (_, known, addresses, wanted) => {
  expect(changedBindings({ '80/tcp': known }, { ...CHANGE, addresses })['80/tcp']).toEqual(wanted)
})
