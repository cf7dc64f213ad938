import { expect, test } from 'vitest'
import { parseContainer } from './containers.ts'
import { splitReference } from './images.ts'
import { parseUsage } from './stats.ts'
import { parseStatus } from './status-text.ts'

const NOW = 1_700_000_000_000
const MINUTE = 60_000

test('a row of the list is narrowed to what the window shows', () => {
  const row = parseContainer(
    {
      Id: 'f'.repeat(64),
      Names: ['/web', '/other/alias'],
      Image: 'nginx:1',
      ImageID: 'sha256:1',
      Command: 'nginx -g',
      Created: 1_699_999_000,
      State: 'running',
      Status: 'Up 5 minutes (unhealthy)',
      Ports: [
        { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
        { PrivatePort: 443, Type: 'tcp' },
      ],
      Labels: { tier: 'front', wrong: 7 },
      NetworkSettings: { Networks: { bridge: { IPAddress: '172.17.0.2' } } },
      Mounts: [
        { Type: 'volume', Name: 'data' },
        { Type: 'bind', Source: '/etc' },
      ],
    },
    NOW,
  )
  expect(row).toEqual({
    id: 'f'.repeat(64),
    name: 'web',
    image: 'nginx:1',
    imageId: 'sha256:1',
    command: 'nginx -g',
    createdAtMs: 1_699_999_000_000,
    state: 'running',
    health: 'unhealthy',
    exitCode: undefined,
    sinceMs: NOW - 5 * MINUTE,
    ports: [
      { address: '0.0.0.0', published: 8080, private: 80, protocol: 'tcp' },
      { address: '', published: undefined, private: 443, protocol: 'tcp' },
    ],
    labels: { tier: 'front' },
    attachments: [{ network: 'bridge', address: '172.17.0.2', names: [] }],
    volumes: ['data'],
  })
})

test('what the engine leaves out or writes as null does not break a row', () => {
  const row = parseContainer({ Id: 'a', Names: null, Ports: null, Labels: null, State: 'odd', Status: '' }, NOW)
  expect(row).toMatchObject({ name: '', ports: [], labels: {}, attachments: [], state: 'dead', sinceMs: undefined })
})

test.each([
  ['Up Less than a second', { sinceMs: NOW, exitCode: undefined, health: 'none' }],
  ['Up About a minute (health: starting)', { sinceMs: NOW - MINUTE, exitCode: undefined, health: 'starting' }],
  ['Up 2 hours (healthy)', { sinceMs: NOW - 120 * MINUTE, exitCode: undefined, health: 'healthy' }],
  ['Up About an hour (Paused)', { sinceMs: NOW - 60 * MINUTE, exitCode: undefined, health: 'none' }],
  ['Exited (137) 3 weeks ago', { sinceMs: NOW - 21 * 1440 * MINUTE, exitCode: 137, health: 'none' }],
  ['Exited (0) 1 second ago', { sinceMs: NOW - 1000, exitCode: 0, health: 'none' }],
  ['Restarting (1) 5 seconds ago', { sinceMs: NOW - 5000, exitCode: 1, health: 'none' }],
  ['Created', { sinceMs: undefined, exitCode: undefined, health: 'none' }],
])('%s', (status, expected) => {
  expect(parseStatus(status, NOW)).toEqual(expected)
})

test('usage is reckoned from two samples; the first has no processor share', () => {
  const cpu = (own: number, host: number) => ({ cpu_usage: { total_usage: own }, system_cpu_usage: host, online_cpus: 4 })
  const memory = { usage: 50_000_000, stats: { inactive_file: 20_000_000 } }
  expect(parseUsage({ cpu_stats: cpu(300, 2000), precpu_stats: cpu(100, 1000), memory_stats: memory })).toMatchObject({
    cpuPercent: 80,
    memoryBytes: 30_000_000,
  })
  expect(parseUsage({ cpu_stats: cpu(300, 2000), precpu_stats: { cpu_usage: { total_usage: 0 } }, memory_stats: memory }).cpuPercent).toBeUndefined()
})

test.each([
  ['busybox', 'busybox', 'latest'],
  ['acme/web:1.2', 'acme/web', '1.2'],
  ['localhost:5000/web', 'localhost:5000/web', 'latest'],
  ['localhost:5000/web:dev', 'localhost:5000/web', 'dev'],
  [`web@sha256:${'a'.repeat(64)}`, 'web', `sha256:${'a'.repeat(64)}`],
])('%s is repository and tag', (reference, repository, tag) => {
  expect(splitReference(reference)).toEqual({ repository, tag })
})
