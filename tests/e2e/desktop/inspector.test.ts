import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'
import { until } from '../../harness/until.ts'
import { Browser } from '../harness/browser.ts'
import { Desktop } from '../harness/desktop.ts'
import { Screen } from '../harness/screen.ts'

let owned: AsyncDisposableStack
let daemon: TestDaemon
let desktop: Desktop
let screen: Screen

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  daemon = opening.use(await startDaemon({ flags: ['--web-console', '127.0.0.1:0'] }))
  desktop = opening.use(await Desktop.open(daemon.socketPath))
  screen = new Screen(desktop.page)
  owned = opening.move()
})
afterAll(() => owned.disposeAsync())

/** The rows of a call, by what they show of it. */
const call = (text: string) => screen.page.locator(`[data-testid=request-row][data-call^="${text}"]`)

test('what was called before anybody looked is there, without its content', async () => {
  await screen.container('nobody').waitFor({ state: 'detached' })
  await daemon.ok('volume', 'create', 'early')
  await screen.go('inspector')
  await call('POST /volumes/create').click()
  await screen.sees('request-answer', 'not recorded')
})

test('a call shows as it comes: who, what, how it went, and what was said', async () => {
  await daemon.ok('create', '--name', 'web', '-e', 'DB_PASSWORD=s3cret', 'busybox', 'sleep', '1000')
  await call('POST /containers/create?name=web').click()
  await screen.sees('request-panel', /docker \d+/)
  await screen.sees('request-panel', /pid \d+/)
  await screen.sees('request-answer', '"Id"')
  await screen.get('tab-request').click()
  await screen.sees('request-request', '"Image": "busybox"')
  await screen.sees('request-request', 'DB_PASSWORD=(hidden)')
  await screen.photograph('inspector')
})

test('a failure says why, and leads to who is to blame', async () => {
  await daemon.ok('run', '-d', '--name', 'holder', 'busybox', 'sleep', '1000')
  expect((await daemon.docker(['rm', 'holder'])).code).toBe(1)
  await screen.get('requests-failures').click()
  await call('DELETE /containers/holder').click()
  await screen.get('tab-answer').click()
  await screen.sees('request-answer', 'container is running')
  await screen.photograph('inspector-failure')
  await screen.get('requests-failures').click()
})

test('a stream is open as long as it lasts', async () => {
  const events = spawn('docker', ['-H', `unix://${daemon.socketPath}`, 'events'], { stdio: 'ignore' })
  await screen.page.locator('[data-testid=request-row][data-call^="GET /events"][data-client^=docker][data-phase=open]').click()
  await daemon.ok('volume', 'create', 'later')
  await screen.sees('request-answer', /"Action": ?"create"/)
  await screen.sees('request-panel', 'Open for')
  await screen.photograph('inspector-stream')
  events.kill()
  await screen.page.locator('[data-testid=request-row][data-call^="GET /events"][data-client^=docker][data-phase=done]').waitFor()
})

test('a connection that was taken over is open with its bytes, and its content stays its own', async () => {
  const typed = spawn('docker', ['-H', `unix://${daemon.socketPath}`, 'exec', '-i', 'holder', 'cat'], { stdio: ['pipe', 'ignore', 'ignore'] })
  const session = (phase: string) => screen.page.locator(`[data-testid=request-row][data-call^="POST /exec/"][data-call$="/start"][data-phase=${phase}]`)
  await session('open').click()
  await screen.sees('request-panel', 'taken over')
  typed.stdin.write('between the two of us\n')
  await screen.sees('request-answer', 'not kept')
  typed.stdin.end()
  await session('done').waitFor()
  await screen.sees('request-panel', '101')
  expect(await screen.text('request-panel')).not.toContain('between the two')
})

test('filters: words, failures, and the calls of windows', async () => {
  await screen.get('filter').fill('volumes post')
  await call('POST /volumes/create').first().waitFor()
  await call('GET /events').first().waitFor({ state: 'detached' })
  // By its words: what is further down a long list than one sees is not drawn.
  await screen.get('filter').fill('get images json')
  await call('POST /volumes/create').first().waitFor({ state: 'detached' })
  expect(await call('GET /images/json').count()).toBe(0)
  await screen.get('requests-windows').click()
  await call('GET /images/json').first().waitFor()
  await screen.get('requests-windows').click()
  await call('GET /images/json').first().waitFor({ state: 'detached' })
  await screen.get('filter').fill('')
})

test('a call can be made again by curl, and all can be saved as HAR', async () => {
  await call('POST /volumes/create').first().click()
  await screen.get('request-curl').click()
  const line = await until('the line on the clipboard', async () => {
    const text = await desktop.app.evaluate(({ clipboard }) => clipboard.readText())
    return text.startsWith('curl ') && text
  })
  const { stdout } = await run('sh', ['-c', line])
  expect(JSON.parse(stdout)).toMatchObject({ Name: 'later' })

  const path = join(daemon.root, 'calls.har')
  await desktop.app.evaluate(({ session }, savePath) => {
    Reflect.set(
      globalThis,
      'saved',
      new Promise((resolve) => {
        session.defaultSession.once('will-download', (_event, item) => {
          item.setSavePath(savePath)
          item.once('done', (_, state) => resolve(state))
        })
      }),
    )
  }, path)
  await screen.get('requests-export').click()
  expect(await desktop.app.evaluate(() => Reflect.get(globalThis, 'saved'))).toBe('completed')
  const har = JSON.parse(await readFile(path, 'utf8')) as { log: { entries: { request: { url: string } }[] } }
  expect(har.log.entries.map(({ request }) => request.url)).toEqual(expect.arrayContaining([expect.stringContaining('/volumes/create')]))
})

test('a call is sent again, and its answer is beside the first; what changes something asks first, what is not known whole is refused', async () => {
  await daemon.api('GET', '/v1.51/volumes/later')
  await call('GET /volumes/later').first().click()
  await screen.get('request-again').click()
  await screen.sees('request-replay', '"later"')
  await screen.photograph('inspector-again')

  await daemon.ok('volume', 'rm', 'later')
  await call('DELETE /volumes/later').first().click()
  await screen.get('request-again').click()
  await screen.sees('replay-question', 'DELETE /volumes/later')
  expect(await screen.get('request-replay').count()).toBe(0)
  await screen.get('replay-send').click()
  await screen.sees('request-replay', 'no such volume')

  await call('POST /containers/create?name=web').first().click()
  await screen.get('request-again').click()
  await screen.sees('replay-refused', 'A secret in it is hidden')
  // What comes to the page after it was paused is shown when it goes on.
  const before = await call('POST /volumes/create').count()
  await daemon.ok('volume', 'create', 'later')
  await call('POST /volumes/create').nth(before).waitFor()
})

test('paused, nothing comes; cleared, nothing is left of what is over; then it goes on', async () => {
  await screen.get('requests-pause').click()
  await daemon.ok('volume', 'create', 'unseen')
  await screen.get('requests-clear').click()
  await screen.sees('empty-state', 'No call yet')
  await screen.photograph('inspector-empty')
  await screen.get('requests-pause').click()
  await call('POST /volumes/create').waitFor()
  expect(await call('POST /volumes/create').count()).toBe(1)
})

test('hundreds of calls at once: the list is whole, and only what is seen is drawn', async () => {
  await screen.get('requests-clear').click()
  const asked = Array.from({ length: 200 }, (_, n) => daemon.api('GET', `/volumes/many-${n}-${'x'.repeat(n)}`))
  await Promise.all(asked)
  await screen.get('filter').fill('many')
  await screen.sees('view-summary', '200 calls,')
  expect(await screen.page.locator('[data-testid=request-row]').count()).toBeLessThan(80)
  await screen.photograph('inspector-many')
})

test('the same in the console', async () => {
  await using browser = await Browser.open()
  const console = new Screen(browser.page)
  await browser.page.goto(await daemon.webConsoleUrl())
  await console.go('inspector')
  await daemon.ok('volume', 'create', 'for-the-console')
  await browser.page.locator('[data-testid=request-row][data-call^="POST /volumes/create"]').first().click()
  await console.sees('request-answer', 'for-the-console')
  const download = browser.page.waitForEvent('download')
  await console.get('requests-export').click()
  expect((await download).suggestedFilename()).toMatch(/^engineroom-.*\.har$/)
})
