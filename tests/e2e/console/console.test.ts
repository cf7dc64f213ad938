import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { Browser } from '../harness/browser.ts'
import { HeldRegistry } from '../harness/registry.ts'
import { Screen } from '../harness/screen.ts'

let owned: AsyncDisposableStack
let daemon: TestDaemon
let browser: Browser
let screen: Screen
let link: string

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  daemon = opening.use(await startDaemon({ flags: ['--web-console', '127.0.0.1:0'] }))
  link = await daemon.webConsoleUrl()
  browser = opening.use(await Browser.open())
  screen = new Screen(browser.page)
  owned = opening.move()
  await daemon.ok('run', '-d', '--name', 'ticker', 'busybox', 'sh', '-c', 'i=0; while true; do i=$((i+1)); echo "tick $i"; sleep 1; done')
  await daemon.ok('run', '-d', '--name', 'shell', 'busybox', 'sleep', '1000')
})
afterAll(() => owned.disposeAsync())

test('without its link the console shows nothing of the engine, and says what is missing', async () => {
  await browser.page.goto(new URL('/', link).href)
  await screen.sees('engine-down', 'This page needs its link')
  expect(await screen.container('ticker').count()).toBe(0)
  await screen.photograph('console-without-link')
})

test('the link opens it, and the token does not stay in the address', async () => {
  await browser.page.goto(link)
  await screen.container('ticker', 'running').waitFor()
  expect(browser.page.url()).not.toContain('token')
  const [cookie] = await browser.context.cookies()
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', domain: '127.0.0.1' })
  await screen.photograph('console')
})

test('the list follows the docker CLI', async () => {
  await daemon.ok('create', '--name', 'newcomer', 'busybox')
  await screen.container('newcomer', 'created').waitFor()
  await daemon.ok('rm', 'newcomer')
  await screen.container('newcomer').waitFor({ state: 'detached' })
})

test('logs follow', async () => {
  await screen.open('ticker', 'logs')
  await screen.sees('log-view', 'tick 1')
  const last = Number([...(await screen.text('log-view')).matchAll(/tick (\d+)/g)].at(-1)?.[1])
  await screen.sees('log-view', `tick ${last + 2}`)
})

test('the terminal works over a WebSocket', async () => {
  await screen.shellAnswers('shell')
  await screen.photograph('console-terminal')
  await screen.type('exit')
  await screen.phase('terminal', 'ended')
})

test('start and stop by click', async () => {
  await daemon.ok('create', '--name', 'clicked', '--stop-timeout', '1', 'busybox', 'sleep', '1000')
  await screen.go('containers')
  await screen.container('clicked', 'created').click()
  await screen.get('container-start').click()
  await screen.container('clicked', 'running').waitFor()
  await screen.get('container-stop').click()
  await screen.container('clicked', 'exited').waitFor()
})

test('a pull belongs to the engine: the page that is loaded anew finds it', async () => {
  await using registry = await HeldRegistry.open()
  await screen.go('images')
  await screen.get('pull-input').fill(registry.image)
  await screen.get('pull-button').click()
  await screen.sees('image-task', /B of 3\.\d+ MB/)
  await browser.page.reload()
  await screen.sees('image-task', /B of 3\.\d+ MB/)
  registry.release()
  await screen.phase('image-task', 'done')
  await screen.image(registry.image).waitFor()
})

test('the page is a plain web page: no bridge, no require', async () => {
  expect(await browser.page.evaluate<string[]>('[typeof window.engineroom, typeof require, typeof process]')).toEqual(['undefined', 'undefined', 'undefined'])
})
