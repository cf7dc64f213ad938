import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { filesBesidesShells } from '../../harness/children.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { openFiles, residentBytes } from '../../harness/open-files.ts'
import { framesOf, RawConnection } from '../../harness/raw-connection.ts'
import { until } from '../../harness/until.ts'
import { followMuch, LINE_BYTES } from './log-readers.ts'

/*
 * Clients that do not read, that leave, that come in great numbers: neither the containers nor the daemon's memory and
 * files may suffer.
 */
let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** Far more than sockets and pipes hold on the way. */
const MUCH = 192 * 1024 * 1024
/** For so much on a busy machine. */
const PATIENCE_MS = 40_000
const SCRIPT = `head -c ${MUCH} /dev/zero | tr '\\0' 'x'; echo end >&2`
const EXPECTED = createHash('md5').update(Buffer.alloc(MUCH, 'x')).digest('hex')

async function create(script: string): Promise<string> {
  const answer = await daemon.api('POST', '/containers/create', { Image: 'busybox', Cmd: ['sh', '-c', script] })
  return answer.json<{ Id: string }>().Id
}

/** All of stdout, as one digest: an hundred megabytes are no text to compare. */
function digest(body: Buffer): string {
  const hash = createHash('md5')
  for (let at = 0; at < body.length; at += 8 + body.readUInt32BE(at + 4)) {
    if (body[at] === 1) hash.update(body.subarray(at + 8, at + 8 + body.readUInt32BE(at + 4)))
  }
  return hash.digest('hex')
}

test('an attached client that stalls neither stalls the container, nor fills memory, nor loses a byte', async () => {
  const id = await create(SCRIPT)
  const before = await residentBytes(daemon.pid)
  using stalled = RawConnection.upgrade(daemon.socketPath, `/containers/${id}/attach?stream=1&stdout=1`)
  using prompt = RawConnection.upgrade(daemon.socketPath, `/containers/${id}/attach?stream=1&stderr=1`)
  await Promise.all([stalled.head(), prompt.head()])
  stalled.stall()
  await daemon.ok('start', id)
  await until('the end of the output', () => prompt.payload.includes('end\n'), PATIENCE_MS)
  expect((await residentBytes(daemon.pid)) - before).toBeLessThan(MUCH / 2)
  stalled.unstall()
  const body = await stalled.rest(PATIENCE_MS)
  expect([body.length > MUCH, digest(body)]).toEqual([true, EXPECTED])
})

test('an exec’s client that stalls costs no memory and loses nothing', async () => {
  const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
  const exec = (await daemon.api('POST', `/containers/${id}/exec`, { Cmd: ['sh', '-c', SCRIPT], AttachStdout: true })).json<{ Id: string }>().Id
  const before = await residentBytes(daemon.pid)
  using stalled = RawConnection.upgrade(daemon.socketPath, `/exec/${exec}/start`, {})
  await stalled.head()
  stalled.stall()
  const isDone = async () => !(await daemon.api('GET', `/exec/${exec}/json`)).json<{ Running: boolean }>().Running
  await until('the process to have written all', isDone, 40_000)
  expect((await residentBytes(daemon.pid)) - before).toBeLessThan(MUCH / 2)
  stalled.unstall()
  expect(digest(await stalled.rest(PATIENCE_MS))).toBe(EXPECTED)
})

test('a log of which one client reads every line at once, and another none before the end, costs neither memory nor a line', async () => {
  const lines = MUCH / LINE_BYTES
  const { growth, prompt, late } = await followMuch(daemon, lines)
  expect([prompt, late]).toEqual([lines, lines])
  expect(growth).toBeLessThan(MUCH / 2)
})

test('a client that leaves while it is behind takes what was kept for it along', async () => {
  const id = await create(SCRIPT)
  const stalled = RawConnection.upgrade(daemon.socketPath, `/containers/${id}/attach?stream=1&stdout=1`)
  await stalled.head()
  stalled.stall()
  await daemon.ok('start', id)
  expect(await daemon.ok('wait', id)).toBe('0')
  const nameless = async () => (await openFiles(daemon.pid)).filter((name) => name.endsWith('(deleted)')).length
  // That of a client before it may just be closing.
  await until('its file alone to be open', async () => (await nameless()) === 1)
  stalled[Symbol.dispose]()
  await until('its file to be closed', async () => (await nameless()) === 0)
  await daemon.ok('rm', id)
})

test('200 attaches and 100 execs leave no file, socket or pipe open', async () => {
  const id = await daemon.ok('run', '-d', '-i', 'busybox', 'cat')
  const once = async () => {
    using attached = RawConnection.upgrade(daemon.socketPath, `/containers/${id}/attach?stream=1&stdin=1&stdout=1&stderr=1`)
    await attached.head()
    const exec = (await daemon.api('POST', `/containers/${id}/exec`, { Cmd: ['echo', 'x'], AttachStdout: true })).json<{ Id: string }>().Id
    using started = RawConnection.upgrade(daemon.socketPath, `/exec/${exec}/start`, {})
    expect(framesOf(await started.rest())).toEqual([{ stream: 'stdout', text: 'x\n' }])
    using again = RawConnection.upgrade(daemon.socketPath, `/containers/${id}/attach?stream=1&stdout=1`)
    await again.head()
  }
  await Promise.all(Array.from({ length: 4 }, once))
  const before = await filesBesidesShells(daemon.pid)
  for (let round = 0; round < 25; round++) await Promise.all(Array.from({ length: 4 }, once))
  // The daemon may keep a few of its own, but none for each client.
  await until('all files to be closed', async () => (await filesBesidesShells(daemon.pid)) <= before + 10)
  await daemon.ok('rm', '-f', id)
})

test('a client that never ends its side of a connection that is over does not keep it', async () => {
  const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
  const before = await filesBesidesShells(daemon.pid)
  const connections = Array.from({ length: 30 }, () => RawConnection.upgrade(daemon.socketPath, `/containers/${id}/attach?logs=1&stdout=1`))
  await Promise.all(connections.map((connection) => connection.rest()))
  await until('them to be closed', async () => (await filesBesidesShells(daemon.pid)) <= before + 10)
  for (const connection of connections) connection[Symbol.dispose]()
  await daemon.ok('rm', '-f', id)
})

test('an exec that is created and never started goes with its container', async () => {
  const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
  const execs = await Promise.all(
    Array.from({ length: 20 }, async () => (await daemon.api('POST', `/containers/${id}/exec`, { Cmd: ['true'] })).json<{ Id: string }>().Id),
  )
  await daemon.ok('rm', '-f', id)
  expect((await daemon.api('GET', `/exec/${execs[0]}/json`)).status).toBe(404)
})
