import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { until } from '../../tests/harness/until.ts'
import { UnixServer } from '../testing/unix-server.ts'
import { EngineProxy } from './engine-proxy.ts'

const CHUNK = Buffer.alloc(64 * 1024, 'x')

function get(path: string, init?: RequestInit): Request {
  return new Request(`engineroom://app/engine${path}`, init)
}

test('passes on method, path, query and body, and the answer as it is', async () => {
  await using server = await UnixServer.http(async (request, response) => {
    response.writeHead(201, { 'Content-Type': 'application/json', Warnings: 'none' })
    response.end(JSON.stringify({ method: request.method, url: request.url, body: await text(request) }))
  })
  const answer = await new EngineProxy(() => server.socketPath).forward(get('/x', { method: 'POST', body: 'hello' }), '/containers/create?name=a%20b')
  expect(answer.status).toBe(201)
  expect(answer.headers.get('warnings')).toBe('none')
  expect(await answer.json()).toEqual({ method: 'POST', url: '/containers/create?name=a%20b', body: 'hello' })
})

test("keeps the browser's own headers from the engine, and the connection's from the page", async () => {
  await using server = await UnixServer.http((request, response) => response.end(JSON.stringify(request.headers)))
  const headers = { Origin: 'engineroom://app', Cookie: 'a=b', Referer: 'engineroom://app/', 'Sec-Fetch-Mode': 'cors', 'X-Registry-Auth': 'e30=' }
  const answer = await new EngineProxy(() => server.socketPath).forward(get('/x', { headers }), '/x')
  expect(answer.headers.has('connection')).toBe(false)
  const seen = (await answer.json()) as Record<string, string>
  expect(seen['x-registry-auth']).toBe('e30=')
  expect(seen.host).toBe('engine')
  expect(Object.keys(seen).filter((name) => ['origin', 'cookie', 'referer', 'sec-fetch-mode'].includes(name))).toEqual([])
})

test('streams: the first line is there before the second is written', async () => {
  let second: () => void = () => undefined
  await using server = await UnixServer.http((_request, response) => {
    response.write('one\n')
    second = () => response.end('two\n')
  })
  const answer = await new EngineProxy(() => server.socketPath).forward(get('/events'), '/events')
  const reader = answer.body?.getReader()
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('one\n')
  second()
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('two\n')
  expect((await reader?.read())?.done).toBe(true)
})

test('closes the connection to the engine when the page cancels the body', async () => {
  await using server = await UnixServer.http((_request, response) => void response.write('one\n'))
  const answer = await new EngineProxy(() => server.socketPath).forward(get('/events'), '/events')
  const reader = answer.body?.getReader()
  await reader?.read()
  const pending = reader?.read()
  expect(server.connections).toBe(1)
  await reader?.cancel()
  expect((await pending)?.done).toBe(true)
  await until('the connection to close', () => server.connections === 0)
})

test.each(['before the head', 'after the head'])('closes the connection to the engine when the page aborts %s', async (moment) => {
  await using server = await UnixServer.http((_request, response) => void (moment === 'after the head' && response.write('one\n')))
  const aborter = new AbortController()
  const answer = new EngineProxy(() => server.socketPath).forward(get('/events', { signal: aborter.signal }), '/events')
  const outcome = answer.then((response) => response.text())
  await until('the request to arrive', () => server.connections === 1)
  if (moment === 'after the head') await answer
  aborter.abort()
  await expect(outcome).rejects.toThrow()
  await until('the connection to close', () => server.connections === 0)
})

test('hundreds of abandoned streams leave nothing open', async () => {
  await using server = await UnixServer.http((_request, response) => void response.write('one\n'))
  const proxy = new EngineProxy(() => server.socketPath)
  for (let round = 0; round < 20; round += 1) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => proxy.forward(get('/events'), '/events')))
    await Promise.all(answers.map((answer) => answer.body?.cancel()))
  }
  await until('all connections to close', () => server.connections === 0)
})

test('a page that does not read holds the engine back', async () => {
  let written = 0
  await using server = await UnixServer.http(async (_request, response) => {
    while (!response.destroyed) {
      written += CHUNK.length
      if (!response.write(CHUNK)) await once(response, 'drain').catch(() => undefined)
    }
  })
  const answer = await new EngineProxy(() => server.socketPath).forward(get('/flood'), '/flood')
  const reader = answer.body?.getReader()
  await reader?.read()
  let before = -1
  await until('the writer to stand still', async () => {
    const stands = written === before
    before = written
    await new Promise((resolve) => setTimeout(resolve, 100))
    return stands
  })
  expect(written).toBeLessThan(4 * 1024 * 1024)
  for (let read = 0; read < 8 * 1024 * 1024; ) read += (await reader?.read())?.value?.byteLength ?? Number.POSITIVE_INFINITY
  expect(written).toBeGreaterThan(8 * 1024 * 1024)
  await reader?.cancel()
})

test('an engine that dies in the middle is an error, never a short answer', async () => {
  await using server = await UnixServer.http((_request, response) => void response.write('one\n'))
  const answer = await new EngineProxy(() => server.socketPath).forward(get('/events'), '/events')
  const outcome = answer.text()
  await server.die()
  await expect(outcome).rejects.toThrow()
})

test('an answer without a body stays without one', async () => {
  await using server = await UnixServer.http((_request, response) => response.writeHead(204).end())
  const answer = await new EngineProxy(() => server.socketPath).forward(get('/containers/a/start', { method: 'POST' }), '/containers/a/start')
  expect([answer.status, answer.body]).toEqual([204, null])
})

test('throws when no engine listens', async () => {
  await expect(new EngineProxy(() => '/nowhere/engine.sock').forward(get('/_ping'), '/_ping')).rejects.toThrow('ENOENT')
})
