import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

interface Health {
  readonly Status: string
  readonly FailingStreak: number
  readonly Log: readonly { readonly Start: string; readonly End: string; readonly ExitCode: number; readonly Output: string }[]
}

async function healthOf(id: string): Promise<Health | undefined> {
  return (await daemon.api('GET', `/containers/${id}/json`)).json<{ State: { Health?: Health } }>().State.Health
}

const becomes = (id: string, status: string) => until(`it to be ${status}`, async () => ((health) => health?.Status === status && health)(await healthOf(id)))

/** Runs with a check every 100 ms. */
function checked(check: string, ...flags: string[]): Promise<string> {
  return daemon.ok('run', '-d', '--health-cmd', check, '--health-interval', '100ms', ...flags, 'busybox', 'sleep', '1000')
}

test('starting, then healthy; at most five results are kept, oldest first', async () => {
  const id = await checked('echo fine')
  const { FailingStreak } = await becomes(id, 'healthy')
  expect(FailingStreak).toBe(0)
  expect(await daemon.ok('ps', '--format', '{{.Status}}', '-f', `id=${id}`)).toMatch(/ \(healthy\)$/)
  const first = (await healthOf(id))?.Log[0]
  const { Log } = await until('the first result to be forgotten', async () =>
    ((health) => health?.Log[0]?.Start !== first?.Start && health)(await healthOf(id)),
  )
  expect(Log.length).toBe(5)
  for (const result of Log) expect(result).toMatchObject({ ExitCode: 0, Output: 'fine\n' })
  expect(Log.map(({ Start }) => Start)).toEqual(Log.map(({ Start }) => Start).toSorted())
})

test('unhealthy after as many failures as it takes; healthy again after one success; an event for each change', async () => {
  const since = (Date.now() / 1000).toFixed(3)
  const id = await checked('test -e /tmp/fit', '--health-retries', '2')
  expect((await becomes(id, 'unhealthy')).FailingStreak).toBeGreaterThanOrEqual(2)
  await daemon.ok('exec', id, 'touch', '/tmp/fit')
  expect((await becomes(id, 'healthy')).FailingStreak).toBe(0)
  const changes = await daemon.ok(
    'events',
    '--since',
    since,
    '--until',
    (Date.now() / 1000).toFixed(3),
    '-f',
    `container=${id}`,
    '-f',
    'event=health_status',
    '--format',
    '{{.Action}}',
  )
  expect(changes.split('\n')).toEqual(['health_status: unhealthy', 'health_status: healthy'])
})

test('failures do not count while it starts', async () => {
  const id = await checked('test -e /tmp/fit', '--health-start-period', '1h', '--health-start-interval', '100ms', '--health-retries', '1')
  const { Log, ...rest } = await until('two failures', async () => ((one) => (one?.Log.length ?? 0) >= 2 && one)(await healthOf(id)))
  expect(rest).toEqual({ Status: 'starting', FailingStreak: 0 })
  expect(Log.map(({ ExitCode }) => ExitCode)).toEqual(Log.map(() => 1))
  await daemon.ok('exec', id, 'touch', '/tmp/fit')
  await becomes(id, 'healthy')
})

test('a check that takes too long fails, and is ended', async () => {
  const id = await checked('echo begun; exec sleep 1234', '--health-timeout', '200ms', '--health-retries', '1')
  const { Log } = await becomes(id, 'unhealthy')
  expect(Log[0]).toMatchObject({ ExitCode: -1, Output: expect.stringMatching(/^Health check exceeded timeout \(200ms\)/) })
  await daemon.ok('pause', id)
  await daemon.ok('unpause', id)
  // The one that was frozen dies when it is thawed, and may for a moment meet the next one.
  await until('one at most', async () => ((await daemon.ok('exec', id, 'ps')).match(/sleep 1234/g)?.length ?? 0) <= 1)
})

test('a check that says much is cut to 4096 bytes', async () => {
  const id = await checked('head -c 100000 /dev/zero | tr "\\0" x; exit 1', '--health-retries', '1')
  const { Log } = await becomes(id, 'unhealthy')
  expect(Log[0]?.Output).toBe(`${'x'.repeat(4096)}...`)
})

test('a check that cannot be run fails', async () => {
  const { Id } = (
    await daemon.api('POST', '/containers/create', {
      Image: 'busybox',
      Cmd: ['sleep', '1000'],
      Healthcheck: { Test: ['CMD', 'nosuch'], Interval: 1e8, Retries: 1 },
    })
  ).json<{ Id: string }>()
  await daemon.ok('start', Id)
  const { Log } = await becomes(Id, 'unhealthy')
  expect(Log[0]).toMatchObject({ ExitCode: -1, Output: expect.stringContaining('executable file not found in $PATH') })
})

test('nobody is healthy while stopped or paused; a new start starts anew and keeps the log', async () => {
  const id = await checked('true')
  await becomes(id, 'healthy')
  await daemon.ok('pause', id)
  expect((await healthOf(id))?.Status).toBe('unhealthy')
  expect(await daemon.ok('ps', '--format', '{{.Status}}', '-f', `id=${id}`)).toMatch(/ \(Paused\)$/)
  await daemon.ok('unpause', id)
  await becomes(id, 'healthy')
  await daemon.ok('stop', '-t', '0', id)
  expect((await healthOf(id))?.Status).toBe('unhealthy')
  await daemon.ok('update', '--restart', 'no', id)
  await daemon.ok('start', id)
  expect((await healthOf(id))?.Log.length).toBeGreaterThan(0)
  await becomes(id, 'healthy')
})

test('without a check there is no health at all', async () => {
  const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
  expect(await healthOf(id)).toBeUndefined()
  const off = await daemon.ok('run', '-d', '--no-healthcheck', 'busybox', 'sleep', '1000')
  expect(await healthOf(off)).toBeUndefined()
  expect((await daemon.docker(['inspect', '-f', '{{.State.Health.Status}}', id])).code).not.toBe(0)
})

test('every probe is an exec with its three events', async () => {
  const since = (Date.now() / 1000).toFixed(3)
  const id = await checked('true')
  await becomes(id, 'healthy')
  await daemon.ok('kill', id)
  const actions = (
    await daemon.ok('events', '--since', since, '--until', (Date.now() / 1000).toFixed(3), '-f', `container=${id}`, '--format', '{{.Action}}')
  ).split('\n')
  const first = actions.indexOf('exec_create: /bin/sh -c true')
  expect(actions.slice(first, first + 4)).toEqual(['exec_create: /bin/sh -c true', 'exec_start: /bin/sh -c true', 'exec_die', 'health_status: healthy'])
})

test('what is known outlives the daemon', async () => {
  const id = await checked('echo fine')
  await becomes(id, 'healthy')
  const stopped = await checked('true')
  await becomes(stopped, 'healthy')
  await daemon.ok('kill', stopped)
  await daemon.stop('SIGKILL')
  await daemon.start()
  const [running, ended] = [await healthOf(id), await healthOf(stopped)]
  expect(running).toMatchObject({ Status: 'healthy', FailingStreak: 0 })
  expect(running?.Log[0]).toMatchObject({ ExitCode: 0, Output: 'fine\n' })
  expect(ended?.Status).toBe('unhealthy')
  const last = running?.Log.at(-1)?.Start ?? ''
  await until('a probe by the new daemon', async () => ((await healthOf(id))?.Log.at(-1)?.Start ?? '') > last)
})
