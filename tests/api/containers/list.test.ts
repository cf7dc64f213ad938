import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'

/*
 * Six containers, made in this order: `web` and `db` run, `idle` is paused, `done` and `failed` have ended, `fresh` never
 * ran. The filters are asked about them.
 */
let daemon: TestDaemon
let hostPort: string
beforeAll(async () => {
  daemon = await startDaemon()
  await daemon.ok('tag', 'busybox', 'child-of-busybox')
  const healthy = ['--health-cmd', 'true', '--health-interval', '100ms']
  await daemon.ok(
    'run',
    '-d',
    '--name',
    'web',
    '-l',
    'tier=front',
    '-l',
    'team=a',
    '-p',
    '127.0.0.1::80',
    '-p',
    '127.0.0.1::53/udp',
    '--expose',
    '9000',
    ...healthy,
    'busybox',
    'sleep',
    '1000',
  )
  await daemon.ok(
    'run',
    '-d',
    '--name',
    'db',
    '-l',
    'tier=back',
    '-l',
    'team=a',
    '--network',
    'none',
    '-v',
    'store:/data',
    '-v',
    `${daemon.root}:/host`,
    'busybox',
    'sleep',
    '1000',
  )
  await daemon.ok('run', '-d', '--name', 'idle', 'busybox', 'sleep', '1000')
  await daemon.ok('pause', 'idle')
  await daemon.ok('run', '--name', 'done', 'busybox', 'true')
  await daemon.docker(['run', '--name', 'failed', 'busybox', 'sh', '-c', 'exit 3'])
  await daemon.ok('commit', 'failed', 'derived')
  await daemon.ok('create', '--name', 'fresh', 'derived', 'a program', 'with  blanks')
  hostPort = (await daemon.ok('port', 'web', '80/tcp')).split(':')[1] ?? ''
  await until('the check to pass', async () => (await daemon.ok('inspect', '-f', '{{.State.Health.Status}}', 'web')) === 'healthy')
})
afterAll(() => daemon[Symbol.asyncDispose]())

async function names(...args: string[]): Promise<string[]> {
  const output = await daemon.ok('ps', '--format', '{{.Names}}', ...args)
  return output === '' ? [] : output.split('\n')
}

const withFilters = (...filters: string[]) => names('-a', ...filters.flatMap((filter) => ['-f', filter]))

test('the newest first; only those that run, unless all are asked for', async () => {
  expect(await names()).toEqual(['idle', 'db', 'web'])
  expect(await names('-a')).toEqual(['fresh', 'failed', 'done', 'idle', 'db', 'web'])
  expect(await names('-n', '2')).toEqual(['fresh', 'failed'])
  expect(await names('-l')).toEqual(['fresh'])
})

test.each<[string[], string[]]>([
  [['name=web'], ['web']],
  [['name=^/d'], ['done', 'db']],
  [['name=^db$'], ['db']],
  [
    ['name=web', 'name=db'],
    ['db', 'web'],
  ],
  [['name=['], []],
  [['label=team'], ['db', 'web']],
  [['label=team=a', 'label=tier=back'], ['db']],
  [['label=tier=none'], []],
  [['status=running'], ['db', 'web']],
  [['status=paused'], ['idle']],
  [['status=created'], ['fresh']],
  [
    ['status=exited', 'status=created'],
    ['fresh', 'failed', 'done'],
  ],
  [['exited=0'], ['done']],
  [
    ['exited=0', 'exited=3'],
    ['failed', 'done'],
  ],
  [['ancestor=busybox'], ['fresh', 'failed', 'done', 'idle', 'db', 'web']],
  [['ancestor=child-of-busybox:latest'], ['fresh', 'failed', 'done', 'idle', 'db', 'web']],
  [['ancestor=derived'], ['fresh']],
  [['ancestor=nosuch'], []],
  [['before=done'], ['idle', 'db', 'web']],
  [['since=done'], ['fresh', 'failed']],
  [
    ['since=db', 'before=failed'],
    ['done', 'idle'],
  ],
  [['volume=store'], ['db']],
  [['volume=/data'], ['db']],
  [['network=none'], ['db']],
  [['network=bridge'], ['fresh', 'failed', 'done', 'idle', 'web']],
  [['publish=1-65535'], ['web']],
  [['publish=1-65535/udp'], ['web']],
  [['publish=80'], []],
  [['expose=9000'], ['web']],
  [['expose=9000/udp'], []],
  [['expose=8999-9001/tcp'], ['web']],
  [['publish=80', 'expose=53/udp'], ['web']],
  [['health=healthy'], ['web']],
  [['health=none'], ['fresh', 'failed', 'done', 'idle', 'db']],
  [['is-task=true'], []],
  [['is-task=false', 'status=paused'], ['idle']],
  [['status=running', 'label=tier=front'], ['web']],
])('%j', async (filters, expected) => {
  expect(await withFilters(...filters)).toEqual(expected)
})

test('by id, by the id of an image, by the published port, by a folder of the host', async () => {
  const id = await daemon.ok('inspect', '-f', '{{.Id}}', 'db')
  const image = await daemon.ok('inspect', '-f', '{{.Image}}', 'fresh')
  expect(await withFilters(`id=${id.slice(0, 12)}`)).toEqual(['db'])
  expect(await withFilters(`ancestor=${image}`)).toEqual(['fresh'])
  expect(await withFilters(`publish=${hostPort}`)).toEqual(['web'])
  expect(await withFilters(`volume=${daemon.root}`)).toEqual(['db'])
})

test('only a status among the filters means all; the others look at those that run', async () => {
  expect(await names('-f', 'exited=0')).toEqual([])
  expect(await names('-f', 'before=done')).toEqual(['idle', 'db', 'web'])
  expect(await names('-f', 'since=db')).toEqual(['idle'])
  expect(await names('-f', 'status=exited')).toEqual(['failed', 'done'])
})

test.each([
  [
    'status=asleep',
    400,
    "invalid filter 'status=asleep': invalid value for state (asleep): must be one of created, running, paused, restarting, removing, exited, dead",
  ],
  ['health=fine', 400, "invalid filter 'health=fine': invalid value for health status (fine): must be one of none, starting, healthy, unhealthy"],
  ['before=nosuch', 404, 'No such container: nosuch'],
  ['since=nosuch', 404, 'No such container: nosuch'],
  ['is-task=maybe', 400, "invalid filter 'is-task=[maybe]'"],
  ['colour=red', 400, "invalid filter 'colour'"],
  ['publish=80:80', 500, "filter for 'publish' should not contain ':': 80:80"],
  ['exited=often', 500, 'strconv.Atoi: parsing "often": invalid syntax'],
])('%s is refused', async (filter, status, message) => {
  const [key = '', value = ''] = filter.split(/=(.*)/)
  for (const shape of [{ [key]: { [value]: true } }, { [key]: [value] }]) {
    const answer = await daemon.api('GET', `/containers/json?filters=${encodeURIComponent(JSON.stringify(shape))}`)
    expect([answer.status, answer.json<{ message: string }>().message]).toEqual([status, message])
  }
})

test('filters that are no filters', async () => {
  for (const text of ['[]', '5', 'x', '{"label":"a"}']) {
    const answer = await daemon.api('GET', `/containers/json?filters=${encodeURIComponent(text)}`)
    expect([text, answer.status, answer.json<{ message: string }>().message]).toEqual([text, 400, 'invalid filter'])
  }
  expect((await daemon.api('GET', '/containers/json?filters=&limit=')).status).toBe(200)
})

describe('one row', () => {
  interface Row {
    readonly Id: string
    readonly Ports: readonly object[]
    readonly Mounts: readonly object[]
    readonly NetworkSettings: { readonly Networks: Record<string, { readonly IPAddress: string }> }
  }

  async function row(name: string): Promise<Row> {
    const [found] = (await daemon.api('GET', `/containers/json?all=1&filters={"name":["^${name}$"]}`)).json<Row[]>()
    if (!found) throw new Error(`${name} is not in the list`)
    return found
  }

  test('of a running container', async () => {
    const { Id, Image } = JSON.parse(await daemon.ok('inspect', '-f', '{"Id":"{{.Id}}","Image":"{{.Image}}"}', 'web'))
    expect(await row('web')).toEqual({
      Id,
      Names: ['/web'],
      Image: 'busybox',
      ImageID: Image,
      Command: 'sleep 1000',
      Created: expect.any(Number),
      Ports: [
        { IP: '127.0.0.1', PrivatePort: 53, PublicPort: expect.any(Number), Type: 'udp' },
        { IP: '127.0.0.1', PrivatePort: 80, PublicPort: Number(hostPort), Type: 'tcp' },
        { PrivatePort: 9000, Type: 'tcp' },
      ],
      Labels: { tier: 'front', team: 'a' },
      State: 'running',
      Status: expect.stringMatching(/^Up .* \(healthy\)$/),
      HostConfig: { NetworkMode: 'bridge' },
      NetworkSettings: { Networks: { bridge: expect.objectContaining({ IPAddress: expect.stringMatching(/^\d/) }) } },
      Mounts: [],
    })
  })

  test('of one that never ran: empty lists, quoted words', async () => {
    expect(await row('fresh')).toMatchObject({
      Command: "'a program' 'with  blanks'",
      Ports: [],
      Labels: {},
      Mounts: [],
      State: 'created',
      Status: 'Created',
      NetworkSettings: { Networks: { bridge: { IPAddress: '', NetworkID: expect.stringMatching(/^[0-9a-f]{64}$/) } } },
    }) // prettier-ignore
  })

  test('mounts as inspect shows them', async () => {
    expect((await row('db')).Mounts).toEqual(JSON.parse(await daemon.ok('inspect', '-f', '{{json .Mounts}}', 'db')))
  })

  test('with sizes', async () => {
    const [first] = (await daemon.api('GET', '/containers/json?all=1&size=1&limit=1')).json<{ SizeRw: number; SizeRootFs: number }[]>()
    expect(first).toMatchObject({ SizeRootFs: expect.any(Number) })
    expect(await daemon.ok('ps', '-s', '--format', '{{.Size}}', '-f', 'name=web')).toMatch(/^0B \(virtual [\d.]+MB\)$/)
  })
})

test('the table that people see', async () => {
  const rows = (await daemon.ok('ps', '-a', '--format', '{{.Names}}|{{.Command}}|{{.Status}}|{{.Ports}}|{{.Image}}')).split('\n').map((line) => line.split('|'))
  expect(rows).toEqual([
    ['fresh', `"'a program' 'with  …"`, 'Created', '', 'derived'],
    ['failed', `"sh -c 'exit 3'"`, expect.stringMatching(/^Exited \(3\) .* ago$/), '', 'busybox'],
    ['done', '"true"', expect.stringMatching(/^Exited \(0\) .* ago$/), '', 'busybox'],
    ['idle', '"sleep 1000"', expect.stringMatching(/^Up .* \(Paused\)$/), '', 'busybox'],
    ['db', '"sleep 1000"', expect.stringMatching(/^Up /), '', 'busybox'],
    ['web', '"sleep 1000"', expect.stringMatching(/^Up .* \(healthy\)$/), expect.stringContaining(`127.0.0.1:${hostPort}->80/tcp`), 'busybox'],
  ])
  expect(await daemon.ok('ps', '--no-trunc', '-q', '-f', 'name=web')).toMatch(/^[0-9a-f]{64}$/)
})

test('an image that lost its name is shown by its id', async () => {
  await daemon.ok('run', '--name', 'orphan', 'derived', 'true')
  await daemon.ok('tag', 'busybox', 'derived')
  expect(await daemon.ok('ps', '-a', '--format', '{{.Image}}', '-f', 'name=orphan')).toMatch(/^[0-9a-f]{12}$/)
  await daemon.ok('rm', 'orphan')
})

test('a filter by the folder of a bind', async () => {
  expect(await withFilters(`volume=${join('/', 'host')}`)).toEqual(['db'])
})
