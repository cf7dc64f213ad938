import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { filesBesidesShells } from '../../harness/children.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { residentBytes } from '../../harness/open-files.ts'
import { RawConnection } from '../../harness/raw-connection.ts'
import { until } from '../../harness/until.ts'

/*
 * Clients that end their side, leave in the middle, or do not read what they asked for: they get what they can get, and
 * the daemon keeps nothing of them.
 */
let daemon: TestDaemon
let container: string
let filesBefore: number
let bytesBefore: number

beforeAll(async () => {
  daemon = await startDaemon()
  // Its events are as large as its label.
  container = await daemon.ok('run', '-d', '--init', '--name', 'main', '--label', `long=${'x'.repeat(100_000)}`, 'busybox', 'sleep', '1000')
})
afterAll(() => daemon[Symbol.asyncDispose]())
beforeEach(async () => {
  filesBefore = await filesBesidesShells(daemon.pid)
  bytesBefore = await residentBytes(daemon.pid)
})

const MEGABYTE = 1024 * 1024

function connect(request: string): RawConnection {
  const connection = new RawConnection(daemon.socketPath)
  connection.send(request.replaceAll('\n', '\r\n'))
  return connection
}

/** As it was before the test, but for a connection that is just closing. */
const allClosed = () => until('the daemon to let go of its clients', async () => (await filesBesidesShells(daemon.pid)) <= filesBefore + 2)

/** Its memory once that does not grow any more: four looks in a row. */
async function settledBytes(): Promise<number> {
  const looks: number[] = []
  return until('its memory to settle', async () => {
    const bytes = await residentBytes(daemon.pid)
    if (looks.some((look) => bytes > look + MEGABYTE)) looks.length = 0
    return looks.push(bytes) > 3 && bytes
  })
}

test('a client that ends its side once it has asked gets its answer', async () => {
  const body = '{"Image":"busybox"}'
  using asked = connect(`POST /containers/create?name=asked HTTP/1.1\nHost: d\nContent-Type: application/json\nContent-Length: ${body.length}\n\n${body}`)
  asked.end()
  expect(JSON.parse((await asked.rest()).toString())).toMatchObject({ Id: expect.stringMatching(/^[0-9a-f]{64}$/) })
  using late = connect('GET /system/df HTTP/1.1\nHost: d\n\n')
  late.end()
  expect(JSON.parse((await late.rest()).toString())).toMatchObject({ Containers: [{}, {}] })
  await daemon.ok('rm', 'asked')
})

test('what is no HTTP is refused, and a client that still sends hears of it', async () => {
  const brew = async () => {
    using brewer = connect('BREW /coffee')
    for (const piece of ['.now HTTP', '/1.1\r\nHost', ': d\r\n', '\r\n']) {
      await setTimeout(1)
      brewer.send(piece)
    }
    return (await brewer.head()).split('\r\n')
  }
  for (let round = 0; round < 5; round++) {
    const heads = await Promise.all(Array.from({ length: 20 }, brew))
    expect(heads).toEqual(heads.map(() => ['HTTP/1.1 400 Bad Request', 'Connection: close']))
  }
  await allClosed()
})

test.each([
  ['events', 'GET /events'],
  ['logs -f', `GET /containers/main/logs?stdout=1&follow=1`],
  ['stats', `GET /containers/main/stats`],
  ['wait', `POST /containers/main/wait`],
  ['wait, before it answers early', `POST /v1.24/containers/main/wait`],
])('what waits for something is called off when its client ends its side: %s', async (_, line) => {
  using connection = connect(`${line} HTTP/1.1\nHost: d\n\n`)
  connection.end()
  await connection.rest()
  await allClosed()
})

test('an upload that is cut off at any moment leaves the daemon alive', async () => {
  const cuts = Array.from({ length: 20 }, async (_, number) => {
    const path = ['/containers/main/archive?path=/tmp', '/build', '/images/load', '/images/create?fromSrc=-'][number % 4] ?? ''
    using connection = connect(`${path.includes('archive') ? 'PUT' : 'POST'} ${path} HTTP/1.1\nHost: d\nContent-Length: 100000\n\n${'x'.repeat(number * 100)}`)
    await until('what is sent so far to be gone', () => connection.isFlushed)
  })
  await Promise.all(cuts)
  await allClosed()
  expect((await daemon.api('GET', '/_ping')).status).toBe(200)
})

test('a refusal reaches a client that still sends', async () => {
  using connection = connect('PUT /containers/nosuch/archive?path=/ HTTP/1.1\nHost: d\nConnection: close\nContent-Length: 1000000\n\nx')
  expect(await connection.head()).toContain('404')
  connection.send('x'.repeat(999_999))
  expect((await connection.rest()).toString()).toContain('No such container')
})

test('an upgrade that is refused leaves no connection behind, whether its client ends it or not', async () => {
  const ask = (path: string) => connect(`POST ${path} HTTP/1.1\nHost: d\nConnection: Upgrade\nUpgrade: tcp\nContent-Length: 0\n\n`)
  const leaving = Array.from({ length: 10 }, () => ask('/containers/nosuch/attach'))
  const staying = Array.from({ length: 10 }, () => ask('/exec/nosuch/start'))
  for (const connection of [...leaving, ...staying]) expect(await connection.head()).toContain('404')
  // What comes after the answer, nobody asked for.
  for (const connection of [...leaving, ...staying]) connection.send('more')
  await until('it to be on its way', () => leaving.every((connection) => connection.isFlushed))
  for (const connection of leaving) connection[Symbol.dispose]()
  await allClosed()
  for (const connection of staying) connection[Symbol.dispose]()
})

test('events that nobody reads do not stay in memory: their client is cut off', async () => {
  using connection = connect('GET /events HTTP/1.1\nHost: d\n\n')
  await connection.head()
  connection.stall()
  for (let count = 0; count < 200; count++) await daemon.api('POST', `/containers/${container}/exec`, { Cmd: ['true'] })
  await allClosed()
})

test('an export is read from the disk as fast as its client reads', async () => {
  await daemon.ok('exec', 'main', 'dd', 'if=/dev/zero', 'of=/big', 'bs=1M', 'count=96')
  using reader = connect('GET /containers/main/export HTTP/1.1\nHost: d\nConnection: close\n\n')
  await reader.head()
  reader.stall()
  using leaver = connect('GET /containers/main/export HTTP/1.1\nHost: d\nConnection: close\n\n')
  await leaver.head()
  leaver.stall()
  leaver[Symbol.dispose]()
  expect((await settledBytes()) - bytesBefore).toBeLessThan(48 * MEGABYTE)
  reader.unstall()
  expect((await reader.rest()).length).toBeGreaterThan(96 * MEGABYTE)
  await allClosed()
})
