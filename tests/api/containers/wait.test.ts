import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { RawConnection } from '../../harness/raw-connection.ts'
import { client } from '../../harness/session.ts'
import { until } from '../../harness/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** A wait whose head has arrived; the body comes later. */
async function waiting(id: string, condition: string): Promise<RawConnection> {
  const connection = new RawConnection(daemon.socketPath)
  connection.send(`POST /containers/${id}/wait?condition=${condition} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n`)
  expect(await connection.head()).toMatch(/^HTTP\/1\.1 200 OK/)
  return connection
}

/** The exit code that a wait was answered with. */
async function codeOf(connection: RawConnection): Promise<number> {
  const body = await connection.rest()
  return (JSON.parse(/\{.*\}/.exec(body.toString())?.[0] ?? '') as { StatusCode: number }).StatusCode
}

test('docker wait prints the exit codes of all it was given', async () => {
  const [first, second] = await Promise.all([1, 2].map((code) => daemon.ok('run', '-d', 'busybox', 'sh', '-c', `exit ${code}`)))
  expect(await daemon.ok('wait', String(first), String(second))).toBe('1\n2')
})

test('not-running is answered at once when it does not run: created, or ended with its code', async () => {
  const id = await daemon.ok('create', 'busybox', 'sh', '-c', 'exit 6')
  for (const condition of ['', 'not-running']) expect(await codeOf(await waiting(id, condition))).toBe(0)
  await daemon.docker(['start', '-a', id])
  expect(await codeOf(await waiting(id, 'not-running'))).toBe(6)
})

test('next-exit is not satisfied by what was: it wants another end', async () => {
  const id = await daemon.ok('create', '-i', 'busybox', 'sh', '-c', 'read code; exit $code')
  await daemon.docker(['start', '-ai', id], { input: '3\n' })
  using wait = await waiting(id, 'next-exit')
  expect(wait.payload.length).toBe(0)
  await daemon.docker(['start', '-ai', id], { input: '4\n' })
  expect(await codeOf(wait)).toBe(4)
})

test('removed is answered when it is gone, with the code it ended with', async () => {
  const id = await daemon.ok('run', '-d', 'busybox', 'sh', '-c', 'exit 5')
  using wait = await waiting(id, 'removed')
  await daemon.ok('wait', id)
  expect(wait.payload.length).toBe(0)
  await daemon.ok('rm', id)
  expect(await codeOf(wait)).toBe(5)
})

test('removed, when the start of an auto-removed container fails', async () => {
  const id = await daemon.ok('create', '--rm', 'busybox', 'nosuch')
  using wait = await waiting(id, 'removed')
  expect((await daemon.docker(['start', id])).code).toBe(1)
  expect(await codeOf(wait)).toBe(127)
})

test('a removal answers those who wait for a next exit that will not come', async () => {
  const id = await daemon.ok('create', 'busybox')
  using wait = await waiting(id, 'next-exit')
  await daemon.ok('rm', id)
  expect(await codeOf(wait)).toBe(0)
})

test('every exit of a container that is restarted by its policy', async () => {
  const id = await daemon.ok('create', '--restart', 'always', 'busybox', 'sh', '-c', 'sleep 0.2; exit 7')
  using first = await waiting(id, 'next-exit')
  await daemon.ok('start', id)
  using running = await waiting(id, 'not-running')
  expect([await codeOf(first), await codeOf(running)]).toEqual([7, 7])
  expect(await codeOf(await waiting(id, 'next-exit'))).toBe(7)
  await daemon.ok('rm', '-f', id)
})

test('a killed container, waited for by many', async () => {
  const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
  const waits = await Promise.all(Array.from({ length: 10 }, () => waiting(id, 'next-exit')))
  await daemon.ok('kill', id)
  expect(await Promise.all(waits.map(codeOf))).toEqual(Array(10).fill(137))
})

test('a waiting client that leaves is forgotten, and no error', async () => {
  const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
  await using wait = client(daemon, 'wait', id)
  ;(await waiting(id, 'removed'))[Symbol.dispose]()
  wait.kill('SIGKILL')
  await wait.ended
  await daemon.ok('rm', '-f', id)
  await until('the daemon to have noticed', async () => (await daemon.api('GET', '/_ping')).status === 200)
  expect(await daemon.log()).not.toMatch(/level=error/)
})

test('the whole answer', async () => {
  const id = await daemon.ok('create', 'busybox')
  const { status, headers, body } = await daemon.api('POST', `/containers/${id}/wait`)
  expect([status, headers['content-type'], body]).toEqual([200, 'application/json', '{"StatusCode":0}\n'])
})

test('an unknown condition, an unknown container', async () => {
  const id = await daemon.ok('create', 'busybox')
  const condition = await daemon.api('POST', `/containers/${id}/wait?condition=bored`)
  expect([condition.status, condition.json()]).toEqual([400, { message: 'invalid condition: "bored"' }])
  const container = await daemon.api('POST', '/containers/nosuch/wait')
  expect([container.status, container.json()]).toEqual([404, { message: 'No such container: nosuch' }])
})

test('below 1.30 there are no conditions, and no head before the end', async () => {
  const id = await daemon.ok('run', '-d', 'busybox', 'sh', '-c', 'exit 8')
  const { status, body } = await daemon.api('POST', `/v1.29/containers/${id}/wait?condition=bored`)
  expect([status, body]).toEqual([200, '{"StatusCode":8}\n'])
})
