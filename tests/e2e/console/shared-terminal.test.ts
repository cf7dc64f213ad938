import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'
import { Browser } from '../harness/browser.ts'
import { Screen } from '../harness/screen.ts'

let owned: AsyncDisposableStack
let daemon: TestDaemon
let browser: Browser
let owner: Screen
let console: URL

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  daemon = opening.use(await startDaemon({ flags: ['--web-console', '127.0.0.1:0'] }))
  console = new URL(await daemon.webConsoleUrl())
  browser = opening.use(await Browser.open())
  owner = new Screen(browser.page)
  owned = opening.move()
  for (const name of ['shared', 'other']) await daemon.ok('run', '-d', '--name', name, 'busybox', 'sleep', '1000')
  await browser.page.goto(console.href)
  await owner.open('shared', 'terminal')
  await owner.phase('terminal', 'open')
  await owner.type('echo before-$((1+1))')
  await owner.sees('terminal', 'before-2')
  await owner.get('terminal-share').click()
})
afterAll(() => owned.disposeAsync())

/** The owner makes a link; who opens it has a browser of their own. */
async function link(mode: 'view' | 'control'): Promise<string> {
  await owner.get(`share-mode-${mode}`).check()
  const shown = owner.page.locator('[data-testid=share-link] code')
  const before = (await shown.count()) > 0 ? await shown.textContent() : null
  await owner.get('share-create').click()
  return until('the link', async () => {
    const text = (await shown.count()) > 0 ? await shown.textContent() : null
    return text !== null && text !== before && text
  })
}

async function guest(at: string, context: BrowserContext): Promise<Screen> {
  const screen = new Screen(await context.newPage())
  await screen.page.goto(at)
  return screen
}

const people = (screen: Screen, count: number) => until(`${count} people`, async () => (await screen.get('terminal-person').count()) === count)

test('two guests in one terminal: one types, one only looks on, and everybody sees who is there', async () => {
  const contexts = await Promise.all([browser.another(), browser.another()])
  const [typist, viewer] = [await guest(await link('control'), contexts[0]), await guest(await link('view'), contexts[1])]
  await typist.phase('terminal', 'open')
  await viewer.phase('terminal', 'open')
  expect(typist.page.url()).not.toContain('token')
  for (const screen of [owner, typist, viewer]) await people(screen, 3)
  await viewer.sees('terminal', 'before-2')

  await typist.type('echo from-$((20+2)); hostname')
  for (const screen of [owner, typist, viewer]) await screen.sees('terminal', 'from-22')
  await viewer.type('echo never-$((1+2))')
  await owner.type('echo after-$((40+4))')
  await viewer.sees('terminal', 'after-44')
  expect(await owner.text('terminal')).not.toContain('never')

  await viewer.get('guest-name').fill('ann <img onerror=alert(1)>')
  await viewer.get('guest-name').press('Tab')
  await owner.sees('terminal-people', 'ann <img onerror=alert(1)>')
  await owner.photograph('shared-terminal-owner')
  await viewer.photograph('shared-terminal-guest')

  await owner.page.reload()
  await owner.phase('terminal', 'open')
  await owner.sees('terminal', 'after-44')
  await owner.get('terminal-share').click()
  await people(owner, 3)

  await owner.get('share-revoke').first().click()
  await typist.sees('guest-ended', 'revoked')
  await people(owner, 2)
  await owner.type('exit')
  await viewer.sees('guest-ended', 'The shell ended.')
  await Promise.all(contexts.map((context) => context.close()))
})

describe('a guest’s token', () => {
  let share: URL
  let cookie: string

  beforeAll(async () => {
    const { id: container } = JSON.parse((await daemon.api('POST', '/engineroom/v1/containers/other/terminals', { rows: 24, columns: 80 })).body)
    const made = JSON.parse((await daemon.api('POST', `/engineroom/v1/terminals/${container}/shares`, { mode: 'control', lifetimeS: 600 })).body)
    share = new URL(`/shared/${made.id}?token=${made.token}`, console)
    cookie = (await ask(share.pathname + share.search)).headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    expect(cookie).toBe(`engineroom-guest=${made.token}`)
  })

  async function ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
    const outgoing = request({ host: console.hostname, port: console.port, path, method, headers })
    outgoing.end()
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
  }

  /** 101, or the status of the refusal. */
  async function joined(path: string, headers: Record<string, string>, origin = console.origin): Promise<number | undefined> {
    const socket = new WebSocket(new URL(path, console.origin.replace('http', 'ws')), { headers, origin })
    socket.on('error', () => undefined) // Refused is what most of these are.
    const status = await Promise.race([
      once(socket, 'open').then(() => 101),
      once(socket, 'unexpected-response').then(([, response]) => (response as IncomingMessage).statusCode),
    ])
    socket.terminate()
    return status
  }

  test('opens its terminal', async () => {
    expect(await joined(`${share.pathname}/ws`, { Cookie: cookie })).toBe(101)
  })

  test('opens nothing else of the engine: no call, no other terminal, no console', async () => {
    const { body } = await daemon.api('POST', '/engineroom/v1/containers/shared/terminals', { rows: 24, columns: 80 })
    const { id } = JSON.parse(body)
    const token = share.searchParams.get('token') ?? ''
    for (const Cookie of [cookie, `engineroom-console=${token}`, `${cookie}; engineroom-console=${token}`]) {
      for (const path of ['/_ping', '/containers/json', '/v1.51/info', `/engineroom/v1/terminals/${id}`, '/engineroom/v1/requests', '/containers/other/json'])
        expect((await ask(`/engine${path}`, { Cookie })).status, path).toBe(401)
      expect((await ask(`/engine/engineroom/v1/terminals/${id}/shares`, { Cookie }, 'POST')).status).toBe(401)
      expect(await joined(`/engineroom/v1/terminals/${id}/ws`, { Cookie })).toBe(403)
      expect(await joined(`/shared/${'0'.repeat(32)}/ws`, { Cookie })).toBe(403)
    }
    expect((await ask(`/?token=${token}`)).status).toBe(401)
    expect((await ask(share.pathname, {}, 'POST')).status).toBe(405)
  })

  test('is no use to other sites, under other names, cut short, or after it was revoked', async () => {
    const path = `${share.pathname}/ws`
    expect(await joined(path, { Cookie: cookie }, 'http://evil.example')).toBe(403)
    expect(await joined(path, { Cookie: cookie, Host: 'evil.example' })).toBe(403)
    expect((await ask(share.pathname + share.search, { Host: 'evil.example' })).status).toBe(403)
    for (const Cookie of ['', cookie.slice(0, -1), `${cookie}x`, 'engineroom-guest=']) expect(await joined(path, Cookie ? { Cookie } : {})).toBe(403)
    const wrong = await ask(`${share.pathname}?token=wrong`)
    expect([wrong.status, wrong.headers['set-cookie']]).toEqual([303, undefined])
  })

  test('a link that is over says so to who opens it', async () => {
    const context = await browser.another()
    const late = await guest(new URL(`/shared/${'0'.repeat(32)}?token=x`, console).href, context)
    await late.phase('terminal', 'refused')
    await late.sees('terminal', 'This link opens nothing')
    await context.close()
  })
})
