import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SECURITY_HEADERS } from '../../../electron/forward/app-site.ts'
import { startDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'
import { Desktop } from '../harness/desktop.ts'
import { violatedBy } from '../harness/policy.ts'

let owned: AsyncDisposableStack
let desktop: Desktop

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  const daemon = opening.use(await startDaemon({ withBusybox: false }))
  desktop = opening.use(await Desktop.open(daemon.socketPath))
  // What would leave the window is noted instead.
  await desktop.app.evaluate(({ shell }) => {
    const opened: string[] = []
    Object.assign(globalThis, { opened })
    shell.openExternal = async (url) => void opened.push(url)
  })
  owned = opening.move()
})
afterAll(() => owned.disposeAsync())

function opened(): Promise<string[]> {
  return desktop.app.evaluate(() => [...(globalThis as typeof globalThis & { opened: string[] }).opened])
}

/** Runs a line in the page. Its result must be plain data. */
function inPage<T>(script: string): Promise<T> {
  return desktop.page.evaluate<T>(script)
}

test('the page has no Node and nothing of Electron but the bridge', async () => {
  expect(await inPage('[typeof require, typeof process, typeof module, typeof Buffer, typeof global]')).toEqual(Array.from({ length: 5 }, () => 'undefined'))
  expect(await inPage('Object.keys(window.engineroom).sort()')).toEqual(['call', 'on', 'platform'])
  expect(await inPage('Object.isFrozen(window.engineroom)')).toBe(true)
})

test('sandbox and isolation are on, node integration is off', async () => {
  const preferences = await desktop.app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents
    return contents && Reflect.apply(Reflect.get(contents, 'getLastWebPreferences'), contents, []) // There, though Electron does not document it.
  })
  expect(preferences).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false, webviewTag: false, webSecurity: true })
})

test('page and engine come with the security headers', async () => {
  for (const path of ['/', '/engine/_ping', '/no-such-page']) {
    const headers = await inPage<Record<string, string>>(`fetch(${JSON.stringify(path)}).then((answer) => Object.fromEntries(answer.headers))`)
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) expect(headers[name.toLowerCase()], `${name} of ${path}`).toBe(value)
  }
})

test('the policy is enforced: no inline script, no other address, no frame', async () => {
  expect(
    await violatedBy(desktop.page, "const script = document.createElement('script'); script.textContent = 'window.broken = 1'; document.body.append(script)"),
  ).toBe('script-src-elem')
  expect(await violatedBy(desktop.page, "fetch('http://127.0.0.1:9/').catch(() => undefined)")).toBe('connect-src')
  expect(await violatedBy(desktop.page, "const frame = document.createElement('iframe'); frame.src = 'http://127.0.0.1:9/'; document.body.append(frame)")).toBe(
    'frame-src',
  )
  expect(await inPage('window.broken')).toBeUndefined()
})

test('nothing leads the window elsewhere', async () => {
  const visits: string[] = []
  const elsewhere = createServer((request, response) => {
    visits.push(request.url ?? '')
    response.end('<title>elsewhere</title>')
  }).listen(0, '127.0.0.1')
  await once(elsewhere, 'listening')
  try {
    const { port } = elsewhere.address() as AddressInfo
    for (const url of [`http://127.0.0.1:${port}/`, 'file:///etc/passwd', 'engineroom://elsewhere/']) {
      const ways = [
        `location.href = ${JSON.stringify(url)}`,
        `const link = document.createElement('a'); link.href = ${JSON.stringify(url)}; document.body.append(link); link.click()`,
      ]
      for (const way of ways) {
        // A page that left could not finish the wait.
        expect(await inPage(`new Promise((resolve) => { ${way}; setTimeout(() => resolve(location.origin), 300) })`), way).toBe('engineroom://app')
      }
    }
    expect(visits).toEqual([])
    expect(await opened()).toEqual([])
  } finally {
    elsewhere.close()
  }
})

test('window.open gives no window; web addresses go to the browser of the person, others nowhere', async () => {
  for (const url of ['file:///etc/passwd', 'javascript:1', 'engineroom://app/', 'about:blank'])
    expect(await inPage(`window.open(${JSON.stringify(url)}) === null`)).toBe(true)
  expect(await opened()).toEqual([])
  await inPage("window.open('https://example.org/docs') === null")
  await until('the address to be opened', async () => (await opened()).length === 1)
  expect(await opened()).toEqual(['https://example.org/docs'])
  expect(desktop.app.windows()).toHaveLength(1)
})

test('the bridge refuses what the contract does not know, and says what is wrong', async () => {
  const failureOf = (script: string) => inPage<string>(`${script}.then(() => 'accepted', (error) => error.message)`)
  expect(await failureOf("window.engineroom.call('fs.read', { path: '/etc/shadow' })")).toContain('no call fs.read')
  expect(await failureOf("window.engineroom.call('shell.openExternal', { url: 'file:///etc/passwd' })")).toContain('shell.openExternal: the argument.url')
  expect(await failureOf("window.engineroom.call('terminal.open', { id: '../x', isExec: false, rows: 24, columns: 80 })")).toContain(
    'terminal.open: the argument.id',
  )
  expect(await failureOf(`window.engineroom.call('terminal.open', { id: '${'0'.repeat(64)}', isExec: false, rows: 24, columns: 80 })`)).toContain(
    'No such terminal',
  )
  expect(await inPage("(() => { try { window.engineroom.on('anything', () => {}) } catch (error) { return error.message } })()")).toContain('no event anything')
})

test('what browsers can grant is refused', async () => {
  const stateOf = (name: string) => inPage<string>(`navigator.permissions.query({ name: ${JSON.stringify(name)} }).then(({ state }) => state)`)
  for (const name of ['camera', 'microphone', 'geolocation', 'notifications', 'midi', 'clipboard-read'])
    expect([name, await stateOf(name)]).toEqual([name, 'denied'])
  expect(await inPage("navigator.mediaDevices.getUserMedia({ audio: true }).then(() => 'granted', (error) => error.name)")).not.toBe('granted')
  expect(await inPage('Notification.requestPermission()')).toBe('denied')
})

test('a second start shows the first window instead of opening another', async () => {
  const { code } = await desktop.startAgain()
  expect(code).toBe(0)
  expect(desktop.app.windows()).toHaveLength(1)
  expect(await inPage('location.origin')).toBe('engineroom://app')
})

test('closing the window ends the app', async () => {
  const ended = desktop.app.waitForEvent('close')
  await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
  await ended
})
