import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Browser } from '../e2e/harness/browser.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { freePort } from '../harness/tcp.ts'
import { until } from '../harness/until.ts'

/**
 * The chapter's technique 5, "use Docker in your browser": a page on a web server of its own talks to a daemon that listens
 * on tcp with CORS, and has a terminal in a container. The page is ours, the browser is Debian's chromium.
 */
let owned: AsyncDisposableStack
let daemon: TestDaemon
let browser: Browser
let engine: string
let site: string
let otherSite: string

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  engine = `127.0.0.1:${await freePort()}`
  daemon = opening.use(await startDaemon({ flags: ['-H', `tcp://${engine}`] }))
  browser = opening.use(await Browser.open())
  site = await serve(opening)
  otherSite = await serve(opening)
  owned = opening.move()
})
afterAll(() => owned?.disposeAsync())

/** A web server with the page. @returns its origin */
async function serve(opening: AsyncDisposableStack): Promise<string> {
  const server = createServer(async (request, response) => {
    const name = new URL(request.url ?? '/', 'http://x').pathname === '/page.js' ? 'page.js' : 'index.html'
    const file = await readFile(fileURLToPath(new URL(`web-page/${name}`, import.meta.url)))
    response.setHeader('Content-Type', name === 'page.js' ? 'text/javascript' : 'text/html').end(file)
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  opening.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${port}`
}

async function restart(...flags: string[]): Promise<void> {
  await daemon.stop()
  await daemon.start(flags)
}

const status = (page: Page) => page.locator('#status').textContent()
const says = (page: Page, text: string) =>
  until(`the page to say "${text}"`, async () => (await status(page)) === text).catch(async (error: unknown) => {
    throw new Error(`the page says "${await status(page)}", its screen: ${await page.locator('#screen').textContent()}`, { cause: error })
  })
const shows = (page: Page, text: string) => until(`"${text}" on the screen`, async () => (await page.locator('#screen').textContent())?.includes(text))

describe('technique 5: use Docker in your browser', () => {
  test.each([['--api-enable-cors'], ['--api-cors-header']])('a page served elsewhere lists, starts, and drives a terminal: %s', async (flag) => {
    await restart(flag, ...(flag === '--api-cors-header' ? [site] : []))
    await daemon.ok('create', '--name', 'there', 'busybox')
    const { page } = browser
    await page.goto(`${site}/?engine=${engine}`)
    await page.locator('#list').click()
    await says(page, '1 listed')
    expect(await page.locator('#containers li').allTextContents()).toEqual(['there: created'])

    await page.locator('#start button').click()
    await says(page, 'started')
    const type = async (line: string) => {
      await page.locator('#keyboard').fill(line)
      await page.locator('#keyboard').press('Enter')
    }
    await type('echo $((6 * 7)) from the page; stty size')
    await shows(page, '42 from the page\r\n24 100\r\n')
    await type('exit 5')
    await says(page, 'ended with 5')
    await daemon.removeAllContainers()
  })

  test('no other page gets in, by requests or by a terminal', async () => {
    await restart('--api-cors-header', site)
    const id = await daemon.ok('run', '-dit', 'busybox')
    const page = await browser.context.newPage()
    await page.goto(`${otherSite}/?engine=${engine}`)
    await page.locator('#list').click()
    await says(page, 'failed: Failed to fetch')
    await page.locator('#start button').click()
    await says(page, 'failed: Failed to fetch')
    const opened = await page.evaluate<string>(
      `new Promise((resolve) => {
        const terminal = new WebSocket('ws://${engine}/containers/${id}/attach/ws?stream=1&stdin=1&stdout=1')
        terminal.onopen = () => resolve('opened')
        terminal.onerror = () => resolve('refused')
      })`,
    )
    expect(opened).toBe('refused')
    // A form needs no permission to send, only to read.
    await page.evaluate(`fetch('http://${engine}/containers/${id}/kill', { method: 'POST', mode: 'no-cors' })`)
    expect(await daemon.ok('inspect', '-f', '{{.State.Running}}', id)).toBe('true')
    expect(await daemon.ok('ps', '-aq', '--no-trunc')).toBe(id)
  })
})
