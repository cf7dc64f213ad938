import { expect, test } from 'vitest'
import { parseContainer } from '../api/containers.ts'
import type { NetworkRow } from '../api/types.ts'
import { networkMap } from './network-map.ts'

const network = (name: string, driver = 'bridge'): NetworkRow => ({ id: `id-${name}`, name, driver, subnets: [], isInternal: false, createdAtMs: undefined })
const container = (name: string, networks: Readonly<Record<string, readonly string[]>>, state = 'running') =>
  parseContainer(
    {
      Id: `id of ${name}`,
      Names: [`/${name}`],
      State: state,
      Status: '',
      NetworkSettings: {
        Networks: Object.fromEntries(Object.entries(networks).map(([key, names]) => [key, { IPAddress: '10.0.0.2', DNSNames: [...names, `id of ${name}`] }])),
      },
    },
    0,
  )

const map = networkMap(
  [network('bridge'), network('front'), network('back'), network('none', 'null')],
  [
    container('web', { front: ['web'], back: ['web', 'api'] }),
    container('db', { back: ['db'] }),
    container('job', { back: [] }, 'exited'),
    container('alone', { none: [] }),
  ],
)
const station = (name: string) => map.stations.find(({ row }) => row.name === name)

test('a rail for each network that has or may have somebody, the fullest first', () => {
  expect(map.rails.map((rail) => rail.network.name)).toEqual(['back', 'front', 'bridge'])
})

test('who runs in the same network reaches each other, by names that one types', () => {
  expect([...(station('web')?.reaches ?? [])]).toEqual(['id of db'])
  expect([...(station('db')?.reaches ?? [])]).toEqual(['id of web'])
  expect(station('job')?.reaches.size).toBe(0)
  expect(station('web')?.stops.map(({ rail, names }) => [rail.network.name, names])).toEqual([
    ['back', ['web', 'api']],
    ['front', ['web']],
  ])
})

test('who is in no network is no station', () => {
  expect(station('alone')).toBeUndefined()
})
