import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { initHasChild } from '../../harness/init-child.ts'
import { RawConnection } from '../../harness/raw-connection.ts'
import { client } from '../../harness/session.ts'
import { until } from '../../harness/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

interface Event {
  readonly status?: string
  readonly id?: string
  readonly from?: string
  readonly Type: string
  readonly Action: string
  readonly Actor: { readonly ID: string; readonly Attributes: Record<string, string> }
  readonly scope: string
  readonly time: number
}

const now = () => (Date.now() / 1000).toFixed(3)
/** Events have times of less than a millisecond: this is behind all of those so far. */
const soon = () => ((Date.now() + 1) / 1000).toFixed(3)

/** What happened while `work` was done, oldest first. */
async function eventsOf(work: () => Promise<unknown>): Promise<Event[]> {
  const since = now()
  await work()
  return history(since)
}

async function history(since: string, query = ''): Promise<Event[]> {
  const { body } = await daemon.api('GET', `/events?since=${since}&until=${soon()}${query}`)
  return body
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event)
}

/** What happened up to so many deaths, which are told after they show in the state. */
function deaths(since: string, count: number): Promise<Event[]> {
  return until(`${count} deaths`, async () => {
    const events = await history(since)
    return actions(events).filter((action) => action === 'die').length === count && events
  })
}

const names = (events: readonly Event[]) => events.map(({ Type, Action }) => `${Type} ${Action}`)
const actions = (events: readonly Event[]) => events.filter(({ Type }) => Type === 'container').map(({ Action }) => Action)

describe('the order of', () => {
  test('a run, from create to die', async () => {
    const events = await eventsOf(() => daemon.ok('run', '-v', 'kept:/v', 'busybox', 'true'))
    expect(names(events)).toEqual([
      'volume create',
      'container create',
      'container attach',
      'volume mount',
      'network connect',
      'container start',
      'network disconnect',
      'volume unmount',
      'container die',
    ]) // prettier-ignore
  })

  test('a run that cleans up after itself', async () => {
    const events = await eventsOf(() => daemon.ok('run', '--rm', '-v', '/anonymous', 'busybox', 'true'))
    expect(names(events).slice(-5)).toEqual(['network disconnect', 'volume unmount', 'container die', 'volume destroy', 'container destroy'])
  })

  test('stop, kill, restart and rm -f', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    expect(actions(await eventsOf(() => daemon.ok('restart', '-t', '0', id)))).toEqual(['kill', 'kill', 'die', 'stop', 'start', 'restart'])
    expect(actions(await eventsOf(() => daemon.ok('stop', '-t', '0', id)))).toEqual(['kill', 'kill', 'die', 'stop'])
    await daemon.ok('start', id)
    expect(actions(await eventsOf(() => daemon.ok('kill', id)))).toEqual(['kill', 'die'])
    await daemon.ok('start', id)
    expect(actions(await eventsOf(() => daemon.ok('rm', '-f', id)))).toEqual(['kill', 'die', 'destroy'])
  })

  test('a stop that is obeyed, and one of a frozen container', async () => {
    const id = await daemon.ok('run', '-d', '--init', 'busybox', 'sleep', '1000')
    await initHasChild(daemon, id)
    expect(actions(await eventsOf(() => daemon.ok('stop', id)))).toEqual(['kill', 'die', 'stop'])
    await daemon.ok('start', id)
    await initHasChild(daemon, id)
    await daemon.ok('pause', id)
    expect(actions(await eventsOf(() => daemon.ok('stop', id)))).toEqual(['kill', 'die', 'stop'])
  })

  test('pause, unpause, rename, update, resize and top', async () => {
    const id = await daemon.ok('run', '-dit', 'busybox', 'sh')
    const events = await eventsOf(async () => {
      await daemon.ok('pause', id)
      await daemon.ok('unpause', id)
      await daemon.ok('rename', id, 'renamed')
      await daemon.ok('update', '--cpu-shares', '200', id)
      await daemon.api('POST', `/containers/${id}/resize?h=10&w=20`)
      await daemon.ok('top', id)
    })
    expect(actions(events)).toEqual(['pause', 'unpause', 'rename', 'update', 'resize', 'top'])
    const extra = (action: string) => events.find(({ Action }) => Action === action)?.Actor.Attributes
    expect(extra('rename')).toMatchObject({ name: 'renamed', oldName: expect.stringMatching(/^\//) })
    expect(extra('resize')).toMatchObject({ height: '10', width: '20' })
  })

  test('an exec: its command in the action, a blank after a lone program', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    expect(actions(await eventsOf(() => daemon.docker(['exec', id, 'sh', '-c', 'exit 3'])))).toEqual([
      'exec_create: sh -c exit 3',
      'exec_start: sh -c exit 3',
      'exec_die',
    ])
    const events = await eventsOf(() => daemon.ok('exec', id, 'true'))
    expect(actions(events)).toEqual(['exec_create: true ', 'exec_start: true ', 'exec_die'])
    expect(events.map(({ Actor }) => Actor.Attributes.execID)).toEqual(Array(3).fill(expect.stringMatching(/^[0-9a-f]{64}$/)))
    expect(events.at(-1)?.Actor.Attributes.exitCode).toBe('0')
  })

  test('a restart by policy: die and start, no restart', async () => {
    const since = now()
    await daemon.ok('run', '-d', '--restart', 'on-failure:1', 'busybox', 'false')
    const events = await deaths(since, 2)
    expect(actions(events)).toEqual(['create', 'start', 'die', 'start', 'die'])
  })

  test('a start that fails', async () => {
    const events = await eventsOf(() => daemon.docker(['run', '--rm', 'busybox', 'nosuch']))
    expect(actions(events)[0]).toBe('create')
    expect(actions(events)).not.toContain('start')
    expect(actions(events).at(-1)).toBe('destroy')
  })
})

describe('one event', () => {
  test('its whole line, byte for byte', async () => {
    const since = now()
    const id = await daemon.ok('create', '--name', 'lined', '-l', 'html=<b>&', 'busybox')
    const { body } = await daemon.api('GET', `/events?since=${since}&until=${soon()}`)
    expect(body).toMatch(
      new RegExp(
        `^\\{"status":"create","id":"${id}","from":"busybox","Type":"container","Action":"create","Actor":\\{"ID":"${id}","Attributes":` +
          `\\{"html":"\\\\u003cb\\\\u003e\\\\u0026","image":"busybox","name":"lined"\\}\\},"scope":"local","time":(\\d{10}),"timeNano":\\1\\d{9}\\}\n$`,
      ),
    )
  })

  test('labels, image and name are always there; die tells how and after how long', async () => {
    const events = await eventsOf(() => daemon.docker(['run', '--name', 'told', '-l', 'team=a', 'busybox', 'sh', '-c', 'sleep 1.2; exit 4']))
    const { StartedAt, FinishedAt } = JSON.parse(await daemon.ok('inspect', '-f', '{{json .State}}', 'told'))
    const seconds = Math.floor((Date.parse(FinishedAt) - Date.parse(StartedAt)) / 1000)
    for (const { Type, Actor } of events) if (Type === 'container') expect(Actor.Attributes).toMatchObject({ team: 'a', image: 'busybox', name: 'told' })
    expect(events.at(-1)?.Actor.Attributes).toEqual({ team: 'a', image: 'busybox', name: 'told', exitCode: '4', execDuration: `${seconds}` })
    expect(seconds).toBeGreaterThanOrEqual(1)
  })

  test('networks and volumes say which container', async () => {
    const [id, events] = await (async () => {
      const since = now()
      const id = await daemon.ok('run', '-d', '-v', 'told:/v', 'busybox', 'true')
      return [id, await deaths(since, 1)] as const
    })()
    const attributes = (name: string) => events.find(({ Type, Action }) => `${Type} ${Action}` === name)?.Actor.Attributes
    expect(attributes('volume create')).toEqual({ driver: 'local' })
    expect(attributes('volume mount')).toEqual({ driver: 'local', container: id, destination: '/v', 'read/write': 'true', propagation: '' })
    expect(attributes('volume unmount')).toEqual({ driver: 'local', container: id })
    expect(attributes('network connect')).toEqual({ name: 'bridge', type: 'bridge', container: id })
    expect(events.find(({ Type }) => Type === 'volume')).not.toHaveProperty('status')
    expect(events.find(({ Type }) => Type === 'network')).not.toHaveProperty('from')
  })

  test('the signal of a kill is a number', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    const events = await eventsOf(() => daemon.ok('kill', '-s', 'SIGUSR1', id))
    expect(events[0]?.Actor.Attributes.signal).toBe('10')
  })
})

describe('listening', () => {
  const listeners = async () => (await daemon.api('GET', '/info')).json<{ NEventsListener: number }>().NEventsListener

  test('sees what happens, as it happens, in the state that it tells of', async () => {
    const id = await daemon.ok('create', 'busybox', 'sh', '-c', 'exit 3')
    await using events = client(daemon, 'events', '-f', `container=${id}`, '--format', '{{.Action}}')
    await until('somebody to listen', async () => (await listeners()) === 1)
    using watcher = new RawConnection(daemon.socketPath)
    watcher.send('GET /events?filters={"event":["die"]} HTTP/1.1\r\nHost: docker\r\n\r\n')
    expect(await watcher.head()).toMatch(/^HTTP\/1\.1 200 OK/)
    await daemon.ok('start', id)
    await watcher.receives('"Action":"die"')
    expect(await daemon.ok('inspect', '-f', '{{.State.Running}} {{.State.ExitCode}}', id)).toBe('false 3')
    await events.shows(/^start\ndie\n$/)
  })

  test('a client that leaves is no longer counted', async () => {
    await until('those before to be gone', async () => (await listeners()) === 0)
    const clients = Array.from({ length: 3 }, () => client(daemon, 'events'))
    await until('all to listen', async () => (await listeners()) === 3)
    for (const one of clients) await one[Symbol.asyncDispose]()
    await until('none to listen', async () => (await listeners()) === 0)
  })

  test('until a time that is still to come', async () => {
    const id = await daemon.ok('create', 'busybox')
    // Again, should a busy machine have needed all that time for the rename.
    await until('something to happen in time', async () => {
      const end = Date.now() + 1000
      using events = new RawConnection(daemon.socketPath)
      events.send(`GET /events?until=${(end / 1000).toFixed(3)}&filters={"container":["${id}"]} HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n`)
      await events.head()
      await daemon.api('POST', `/containers/${id}/rename?name=before-${end}`)
      const body = await events.rest()
      expect(Date.now()).toBeGreaterThan(end - 10) // Timers are a little early.
      return body.includes('"Action":"rename"')
    })
  })

  test('one who does not read is cut off, and costs the daemon nothing more', async () => {
    await until('those before to be gone', async () => (await listeners()) === 0)
    const label = 'x'.repeat(200_000)
    const { Id } = (await daemon.api('POST', '/containers/create', { Image: 'busybox', Labels: { label } })).json<{ Id: string }>()
    using stalled = new RawConnection(daemon.socketPath)
    stalled.send('GET /events HTTP/1.1\r\nHost: docker\r\n\r\n')
    await until('it to listen', async () => (await listeners()) === 1)
    stalled.stall()
    await until('it to be cut off', async () => {
      for (let i = 0; i < 10; i++) await daemon.api('POST', `/containers/${Id}/update`, { CpuShares: 100 + i })
      return (await listeners()) === 0
    })
  })
})

test('what was told before a restart of the daemon is told after it, also when it was killed', async () => {
  const id = await daemon.ok('run', '-d', '--name', 'yesterday', '--stop-signal', 'KILL', 'busybox', 'sleep', '1000')
  await daemon.stop('SIGKILL')
  await daemon.start()
  await daemon.ok('pause', id)
  await daemon.stop()
  await daemon.start()
  await daemon.ok('unpause', id)
  const told = async (since: string) => {
    return (await daemon.ok('events', '--since', since, '--until', soon(), '--filter', 'container=yesterday', '--format', '{{.Action}}')).split('\n')
  }
  expect(await told('1h')).toEqual(['create', 'start', 'pause', 'unpause'])
  const { StartedAt } = JSON.parse(await daemon.ok('inspect', '-f', '{{json .State}}', id))
  expect(await told(StartedAt)).toEqual(expect.arrayContaining(['pause', 'unpause']))
  await daemon.ok('rm', '-f', id)
})

describe('filters', () => {
  let since: string
  let id: string
  beforeAll(async () => {
    since = now()
    id = await daemon
      .ok('run', '--name', 'filtered', '-l', 'colour=red', '--cidfile', `${daemon.root}/filtered`, 'busybox', 'true')
      .then(() => daemon.ok('inspect', '-f', '{{.Id}}', 'filtered'))
    await daemon.ok('run', '--name', 'plain', 'busybox', 'true')
    await daemon.ok('tag', 'busybox', 'tagged')
  })

  const filtered = async (filters: object) => names(await history(since, `&filters=${encodeURIComponent(JSON.stringify(filters))}`))

  test.each<[string, object, string[]]>([
    ['by type', { type: ['image'] }, ['image tag']],
    ['by event', { event: ['die'] }, ['container die', 'container die']],
    ['by label', { label: ['colour=red'], event: ['create', 'start'] }, ['container create', 'container start']],
    ['by label without a value', { label: ['colour'], event: ['start'] }, ['container start']],
    ['by container, by name', { container: ['filtered'], event: ['start'] }, ['container start']],
    ['by scope', { scope: ['swarm'] }, []],
    ['by image', { image: ['busybox'], event: ['start'] }, ['container start', 'container start']],
    ['by volume', { volume: ['nosuch'] }, []],
    ['several of one kind', { event: ['start', 'die'], container: ['plain'] }, ['container start', 'container die']],
  ])('%s', async (_, filters, expected) => {
    expect(await filtered(filters)).toEqual(expected)
  })

  test('by container, by id and the beginning of it', async () => {
    for (const reference of [id, id.slice(0, 12)]) expect(await filtered({ container: [reference], event: ['start'] })).toEqual(['container start'])
  })

  test('an exec by the beginning of its action', async () => {
    const box = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    await daemon.ok('exec', box, 'true')
    expect(await filtered({ container: [box], event: ['exec_create', 'exec_start'] })).toEqual(['container exec_create: true ', 'container exec_start: true '])
  })

  test.each([
    ['an unknown filter', '/events?filters={"flavour":["x"]}', "invalid filter 'flavour'"],
    ['filters that are none', '/events?filters=x', 'invalid filter'],
    ['an end before the beginning', '/events?since=20&until=10', '`since` time (20) cannot be after `until` time (10)'],
  ])('%s', async (_, path, message) => {
    const answer = await daemon.api('GET', path)
    expect([answer.status, answer.json()]).toEqual([400, { message }])
  })
})
