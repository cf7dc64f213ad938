import { afterAll, beforeAll, expect, test } from 'vitest'
import { barriersIn } from '../harness/accessibility.ts'
import { Browser } from '../harness/browser.ts'
import { openGallery } from '../harness/gallery.ts'
import { cutOff, englishLeftOver } from '../harness/left-over.ts'
import { Screen } from '../harness/screen.ts'

const HEIGHT = 3400

let owned: AsyncDisposableStack
let browser: Browser
let screen: Screen
const said: string[] = []

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  browser = opening.use(await Browser.open())
  browser.page.on('console', (message) => message.type() !== 'debug' && said.push(message.text()))
  browser.page.on('pageerror', (error) => said.push(String(error)))
  screen = new Screen(browser.page)
  await browser.page.setViewportSize({ width: 1240, height: HEIGHT })
  await openGallery(browser.page)
  await settled()
  owned = opening.move()
})
afterAll(() => owned.disposeAsync())

/** Five pictures: what is taller, a busy machine does not draw in time. */
async function photographAll(): Promise<void> {
  for (let at = 0; at < 5; at += 1) {
    await browser.page.locator('main').evaluate((page, top) => page.scrollTo(0, top), at * (HEIGHT - 100))
    await screen.photograph(`gallery-${at + 1}`)
  }
}

/** What has to be asked for is there, and so is the shell, which asks twice. */
async function settled(): Promise<void> {
  await screen.phase('terminal', 'open')
  await screen.get('layer-step').first().waitFor()
  await screen.get('file-text').waitFor()
  // The palette and the shell have looked for the keyboard.
  await browser.page.locator('main').evaluate((page) => page.scrollTo(0, 0))
}

/** Names of things in the examples, and words of docker's own. */
const SAME = [
  ...['example', 'web', 'worker', 'sick', 'paused', 'failed', 'done', 'new', 'old', 'front', 'back', 'data', 'host', 'team', 'postgres', 'latest'],
  ...[
    'engineroom',
    'engine',
    'docker',
    'dockerfile',
    'compose',
    'hub',
    'bridge',
    'bash',
    'client',
    'sock',
    'linux',
    'amd',
    'pid',
    'udp',
    'localhost',
    'root',
    'ctrl',
  ],
  ...['pull', 'complete', 'downloading'],
]

test('every component shows something, without a warning', async () => {
  const empty = await browser.page.evaluate<string[]>(`[...document.querySelectorAll('[data-exhibit]')]
    .filter((one) => one.querySelector('.stage').childElementCount === 0 || one.querySelector('.stage > *').getBoundingClientRect().height === 0)
    .map((one) => one.dataset.exhibit)`)
  expect(empty).toEqual([])
  expect(said).toEqual([])
  await photographAll()
})

test('none keeps anybody out, in either theme', async () => {
  expect(await barriersIn(browser.page)).toEqual([])
})

test('in Chinese no component has English left over, or words that do not fit', async () => {
  await screen.get('language-zh-CN').first().check()
  await settled()
  await screen.photograph('gallery-chinese')
  expect(await englishLeftOver(browser.page, SAME)).toEqual([])
  expect(await cutOff(browser.page)).toEqual([])
})
