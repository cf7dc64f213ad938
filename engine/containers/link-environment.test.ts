import { expect, it } from 'vitest'
import { linkEnvironment } from './link-environment.ts'

const service = { name: '/web/my-db', alias: 'my-db', address: '172.17.0.2', ports: [] as string[], environment: [] as string[] }

it('names the link, and what its environment says, but not its home and path', () => {
  expect(linkEnvironment({ ...service, environment: ['PASSWORD=a=b', 'HOME=/x', 'PATH=/y', 'EMPTY='] })).toEqual([
    'MY_DB_NAME=/web/my-db',
    'MY_DB_ENV_PASSWORD=a=b',
    'MY_DB_ENV_EMPTY=',
  ])
})

it('tells ports, the first one without its number', () => {
  expect(linkEnvironment({ ...service, ports: ['5432/tcp', '53/udp'] })).toEqual([
    'MY_DB_PORT=udp://172.17.0.2:53',
    'MY_DB_PORT_53_UDP=udp://172.17.0.2:53',
    'MY_DB_PORT_53_UDP_ADDR=172.17.0.2',
    'MY_DB_PORT_53_UDP_PORT=53',
    'MY_DB_PORT_53_UDP_PROTO=udp',
    'MY_DB_PORT_5432_TCP=tcp://172.17.0.2:5432',
    'MY_DB_PORT_5432_TCP_ADDR=172.17.0.2',
    'MY_DB_PORT_5432_TCP_PORT=5432',
    'MY_DB_PORT_5432_TCP_PROTO=tcp',
    'MY_DB_NAME=/web/my-db',
  ])
})

it('tells runs of ports, too', () => {
  const environment = linkEnvironment({ ...service, ports: ['82/tcp', '80/tcp', '81/tcp', '90/tcp'] })
  expect(environment.slice(1, 7)).toEqual([
    'MY_DB_PORT_80_TCP_START=tcp://172.17.0.2:80',
    'MY_DB_PORT_80_TCP_ADDR=172.17.0.2',
    'MY_DB_PORT_80_TCP_PROTO=tcp',
    'MY_DB_PORT_80_TCP_PORT_START=80',
    'MY_DB_PORT_82_TCP_END=tcp://172.17.0.2:82',
    'MY_DB_PORT_82_TCP_PORT_END=82',
  ])
  expect(environment.filter((entry) => entry.includes('_START='))).toHaveLength(2)
})
