import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import { SECURITY_HEADERS } from '../../../electron/forward/app-site.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { Browser } from '../harness/browser.ts'
import { violatedBy } from '../harness/policy.ts'

let daemon: TestDaemon
let console: URL
let session: string

beforeAll(async () => {
  daemon = await startDaemon({ flags: ['--web-console', '127.0.0.1:0'] })
  console = new URL(await daemon.webConsoleUrl())
  session = (await ask(`/?token=${console.searchParams.get('token')}`)).headers['set-cookie']?.[0]?.split(';')[0] ?? ''
  expect(session).not.toBe('')
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** One request, with any Host and Origin that a test likes. */
async function ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const outgoing = request({ host: console.hostname, port: console.port, path, method, headers })
  outgoing.end()
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
}

describe('the engine behind the console', () => {
  test('answers whoever has the session', async () => {
    expect(await ask('/engine/_ping', { Cookie: session })).toMatchObject({ status: 200, body: 'OK' })
    expect((await ask('/engine/containers/json', { Cookie: session, Origin: console.origin })).status).toBe(200)
  })

  test.each(['', 'engineroom-console=', 'engineroom-console=wrong', 'other=1'])('refuses the cookie "%s"', async (Cookie) => {
    expect((await ask('/engine/_ping', Cookie ? { Cookie } : {})).status).toBe(401)
  })

  test('refuses a wrong token, and gives no cookie for it', async () => {
    const { status, headers } = await ask('/?token=wrong')
    expect(status).toBe(401)
    expect(headers['set-cookie']).toBeUndefined()
  })

  test.each(['evil.example', 'evil.example:80', '127.0.0.1', 'localhost:1'])(
    'refuses the host %s, also with the session: names that lead here are how foreign pages get in',
    async (Host) => {
      expect((await ask('/engine/_ping', { Cookie: session, Host })).status).toBe(403)
      expect((await ask(`/?token=${console.searchParams.get('token')}`, { Host })).status).toBe(403)
      expect((await ask('/', { Host })).status).toBe(403)
    },
  )

  test.each(['http://evil.example', 'null', 'http://127.0.0.1:1'])('refuses the origin %s, also with the session', async (Origin) => {
    expect((await ask('/engine/containers/create', { Cookie: session, Origin }, 'POST')).status).toBe(403)
  })
})

describe('a terminal over a WebSocket', () => {
  const path = `/engineroom/v1/exec/${'0'.repeat(64)}/ws`

  async function statusOf(options: WebSocket.ClientOptions): Promise<number | undefined> {
    const socket = new WebSocket(`ws://${console.host}${path}`, options)
    socket.on('error', () => undefined) // Refused is what these are.
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
    response.destroy()
    return response.statusCode
  }

  test('needs the session', async () => {
    expect(await statusOf({ origin: console.origin })).toBe(403)
  })

  test('is refused to other sites, also with the session', async () => {
    expect(await statusOf({ origin: 'http://evil.example', headers: { Cookie: session } })).toBe(403)
  })

  test('is refused under another name', async () => {
    expect(await statusOf({ headers: { Cookie: session, Host: 'evil.example' } })).toBe(403)
  })
})

test('every answer carries the same security headers as in the desktop', async () => {
  const answers = [
    await ask('/'),
    await ask('/engine/_ping'),
    await ask('/engine/_ping', { Cookie: session }),
    await ask('/nothing'),
    await ask('/', { Host: 'evil.example' }),
  ]
  for (const { headers } of answers) for (const [name, value] of Object.entries(SECURITY_HEADERS)) expect(headers[name.toLowerCase()]).toBe(value)
})

test.each(['/../package.json', '/..%2f..%2fpackage.json', '/%2e%2e/%2e%2e/package.json', '/assets/..%2f..%2f..%2fpackage.json'])(
  '%s is not to be had',
  async (path) => {
    expect((await ask(path)).status).toBe(404)
  },
)

test('the browser enforces the policy, and a foreign page can neither read nor frame the console', async () => {
  await using browser = await Browser.open()
  await browser.page.goto(await daemon.webConsoleUrl())
  expect(
    await violatedBy(browser.page, "const script = document.createElement('script'); script.textContent = 'window.broken = 1'; document.body.append(script)"),
  ).toBe('script-src-elem')
  expect(await violatedBy(browser.page, "fetch('http://127.0.0.1:9/').catch(() => undefined)")).toBe('connect-src')
  const foreign = await browser.context.newPage()
  await foreign.route('http://evil.example/', (route) => route.fulfill({ contentType: 'text/html', body: '<title>evil</title>' }))
  await foreign.goto('http://evil.example/')
  const tried = await foreign.evaluate<string>(
    `fetch(${JSON.stringify(`${console.origin}/engine/containers/json`)}, { credentials: 'include' }).then((answer) => answer.text(), () => 'refused')`,
  )
  expect(tried).toBe('refused')
})
