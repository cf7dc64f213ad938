import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'
import { freePort } from '../../harness/tcp.ts'
import { WebSocketClient } from '../../harness/web-socket.ts'

const PANEL = 'http://panel.example'
const EVIL = 'http://evil.example'

let daemon: TestDaemon
let port: number
beforeAll(async () => {
  port = await freePort()
  daemon = await startDaemon({ flags: ['-H', `tcp://127.0.0.1:${port}`] })
})
afterAll(() => daemon[Symbol.asyncDispose]())

async function restart(...flags: string[]): Promise<void> {
  await daemon.stop()
  await daemon.start(flags)
}

/** A request as a page's, over tcp. */
async function ask(method: string, path: string, headers: Record<string, string> = {}): Promise<{ status: number; headers: string; body: string }> {
  const flags = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const { stdout } = await run('curl', ['-si', '-X', method, ...flags, `http://127.0.0.1:${port}${path}`])
  const [head = '', body = ''] = stdout.split('\r\n\r\n', 2)
  return { status: Number(head.split(' ')[1]), headers: head.toLowerCase(), body }
}

const containers = () => daemon.ok('ps', '-aq')

describe('a page that was not named', () => {
  test.each([[[]], [['--api-cors-header', PANEL]]])('is refused, and what it asked for is not done: %j', async (flags) => {
    await restart(...flags)
    for (const Origin of [EVIL, 'null']) {
      const read = await ask('GET', '/containers/json', { Origin })
      expect([read.status, JSON.parse(read.body)]).toEqual([
        403,
        { message: `pages of ${Origin} may not use this engine: --api-cors-header does not name them` },
      ])
      expect(read.headers).not.toContain('access-control-allow')
      expect((await ask('POST', '/containers/create?name=theirs', { Origin, 'Content-Type': 'text/plain' })).status).toBe(403)
      expect((await ask('OPTIONS', '/containers/create', { Origin, 'Access-Control-Request-Method': 'POST' })).status).toBe(403)
    }
    expect(await containers()).toBe('')
  })

  test('gets no WebSocket: those ask nobody first', async () => {
    await restart('--api-cors-header', PANEL)
    const id = await daemon.ok('run', '-dit', 'busybox')
    const path = `/containers/${id}/attach/ws?stream=1&stdin=1&stdout=1`
    using refused = new WebSocketClient(`127.0.0.1:${port}`, path, { origin: EVIL })
    expect(await refused.refused()).toBe(403)
    using named = new WebSocketClient(`127.0.0.1:${port}`, path, { origin: PANEL })
    await named.opens()
    await daemon.ok('rm', '-f', id)
    expect(await named.closes()).toBe(1000)
  })
})

describe('a page that was named', () => {
  test('may ask, is told so on every answer, and is asked about first', async () => {
    await restart('--api-cors-header', `http://other.example,${PANEL}`)
    for (const path of ['/_ping', '/containers/json', '/containers/nosuch/json', '/nosuch']) {
      const { headers } = await ask('GET', path, { Origin: PANEL })
      expect(headers, path).toContain(`access-control-allow-origin: ${PANEL}\r\n`)
      expect(headers, path).toContain('vary: origin')
    }
    const preflight = await ask('OPTIONS', '/v1.51/containers/create', { Origin: PANEL, 'Access-Control-Request-Method': 'POST' })
    expect([preflight.status, preflight.body]).toEqual([200, ''])
    expect(preflight.headers).toContain('access-control-allow-methods: head, get, post, delete, put, options')
    expect(preflight.headers).toContain('access-control-allow-headers: origin, x-requested-with, content-type, accept, x-registry-auth')
  })

  test('is any, by the book’s flag, and then every start warns', async () => {
    await restart('--api-enable-cors')
    expect((await ask('GET', '/_ping', { Origin: EVIL })).headers).toContain('access-control-allow-origin: *')
    expect(await daemon.log()).toContain('* Every page of the web may use the Engine API (--api-cors-header=*, --api-enable-cors).\n')
  })
})

test('clients that are no pages notice nothing of it', async () => {
  await restart()
  expect((await ask('GET', '/_ping')).headers).not.toContain('access-control')
  expect((await ask('OPTIONS', '/containers/create')).status).toBe(200)
  // What comes by the unix socket was let in by whoever forwards it: web consoles of others hand on what browsers send.
  const forwarded = await daemon.api('GET', '/_ping', undefined, { Origin: EVIL })
  expect([forwarded.status, forwarded.headers['access-control-allow-origin']]).toEqual([200, undefined])
})
