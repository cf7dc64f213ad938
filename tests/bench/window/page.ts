import type { Page } from 'playwright-core'
import type { TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'

/** Notes when the answer with the list of containers began to be read, and when its first rows had been drawn. */
const WATCH_FIRST_PAINT = `(() => {
  const read = Response.prototype.json
  Response.prototype.json = function () {
    if (!this.url.includes('/containers/json') || window.bench) return read.call(this)
    window.bench = { readAt: performance.now() }
    const look = () => document.querySelector('[data-testid=container-row]')
      ? requestAnimationFrame(() => { window.bench.drawnAt = performance.now() })
      : requestAnimationFrame(look)
    requestAnimationFrame(look)
    return read.call(this)
  }
})()`

/** Scrolls a list through, a row and a half a frame, for three seconds. Gives the times between frames. */
const SCROLL = `new Promise((resolve) => {
  const list = document.querySelector('table.grid')
  const times = []
  const step = (at) => {
    times.push(at)
    list.scrollTop = list.scrollTop + 66 + list.clientHeight >= list.scrollHeight ? 0 : list.scrollTop + 66
    if (at - times[0] < 3000) requestAnimationFrame(step)
    else resolve(times.slice(1).map((time, index) => time - times[index]))
  }
  requestAnimationFrame(step)
})`

/** How long the list takes from the head of the engine's answer until it is on the screen, in milliseconds; the page is loaded anew each time. */
export async function firstPaints(page: Page, rounds: number): Promise<number[]> {
  await page.addInitScript(WATCH_FIRST_PAINT)
  const paints: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    await page.reload()
    // The page's policy refuses Playwright's own waiting, which makes a function of text.
    paints.push(await until('the first rows', () => page.evaluate<number | undefined>('window.bench?.drawnAt && window.bench.drawnAt - window.bench.readAt')))
  }
  return paints
}

/** The times between frames while a view's list is scrolled, in milliseconds. */
export async function scrollFrames(page: Page, view: 'containers' | 'images'): Promise<number[]> {
  await page.getByTestId(`nav-${view}`).click()
  await page.locator('table.grid tr.row').first().waitFor()
  return page.evaluate<number[]>(SCROLL)
}

/** From the time that an event carries until its container's row is on the screen, in milliseconds. */
export async function eventsToRows(page: Page, daemon: TestDaemon, rounds: number): Promise<number[]> {
  const found: number[] = []
  for (let round = 0; round < rounds; round += 1) found.push(await eventToRow(page, daemon, `new-${round}`))
  return found
}

async function eventToRow(page: Page, daemon: TestDaemon, name: string): Promise<number> {
  await page.evaluate(`void (window.rowSeen = new Promise((resolve) => new MutationObserver((_, observer) => {
    if (!document.querySelector('[data-name="${name}"]')) return
    observer.disconnect()
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(Date.now())))
  }).observe(document.querySelector('table.grid tbody'), { childList: true, subtree: true, attributes: true })))`)
  const since = Date.now() / 1000
  await daemon.api('POST', `/containers/create?name=${name}`, { Image: 'busybox' })
  const seenAtMs = await page.evaluate<number>('window.rowSeen')
  const filters = encodeURIComponent(JSON.stringify({ event: ['create'], container: [name] }))
  const { body } = await daemon.api('GET', `/events?since=${since.toFixed(3)}&until=${(Date.now() / 1000).toFixed(3)}&filters=${filters}`)
  const event: { timeNano: number } = JSON.parse(body)
  return seenAtMs - event.timeNano / 1_000_000
}
