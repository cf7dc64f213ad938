import { Desktop } from '../../e2e/harness/desktop.ts'
import { collectGarbage } from '../../e2e/harness/garbage.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'
import { Many } from '../../scale/many.ts'
import { type Bar, barsTable, framesBar, memoryBar, shareBar, timesBar } from './bar.ts'
import { coldStarts, settingsFolder, usable } from './cold-start.ts'
import { LaunchedApp } from './launched-app.ts'
import { eventsToRows, firstPaints, scrollFrames } from './page.ts'
import { appMemoryMb, idleShares, pageMemoryMb } from './spending.ts'

const FEW = 12
const COUNT = 1000
/** Of the bridge: a network that holds them all. */
const ADDRESS = '10.216.0.1/21'
const ROUNDS = 10
const STARTS = 5
const HIDDEN_SECONDS = 60
const CLOSED_SECONDS = 300

/**
 * The real window on a display that nobody looks at: its start with a few containers and with a thousand, what it does with a thousand
 * containers and as many images, and what it takes while nobody looks. Nearly seven minutes, of which six are spent idle.
 * @returns a table that reads the same on a terminal and in Markdown
 */
export async function measureWindow(say: (text: string) => void): Promise<string> {
  await using daemon = await startDaemon({ flags: ['--bip', ADDRESS] })
  const bars: Bar[] = []
  const add = (...more: readonly Bar[]) => {
    for (const { what, measured } of more) say(`window: ${what}: ${measured}`)
    bars.push(...more)
  }
  for (let at = 0; at < FEW; at += 1) await daemon.api('POST', `/containers/create?name=few-${at}`, { Image: 'busybox' })
  add(...(await startBars(daemon, `${FEW} containers`)))
  say(`window: ${COUNT} containers and ${COUNT} images are made`)
  await new Many(daemon).create(COUNT)
  for (let at = 0; at < COUNT; at += 1) await daemon.api('POST', `/commit?container=few-0&repo=many&tag=${at}`)
  say('window: they are there')
  add(...(await startBars(daemon, `${COUNT} containers and images`)))
  {
    await using desktop = await Desktop.open(daemon.socketPath)
    add(...(await pageBars(desktop, daemon)))
  }
  say('window: nobody looks any more')
  add(...(await idleBars(daemon)))
  return barsTable('the window', bars)
}

async function startBars({ socketPath }: TestDaemon, what: string): Promise<Bar[]> {
  const starts = await coldStarts(socketPath, STARTS)
  const times = (by: 'told' | 'seen') => starts.map((start) => start[by])
  return [
    timesBar(`from launch to the list, as the app tells; ${what}`, times('told'), 1000),
    timesBar(`the same by the clock of who launched it`, times('seen'), 1000),
  ]
}

async function pageBars(desktop: Desktop, daemon: TestDaemon): Promise<Bar[]> {
  const { page } = desktop
  const containers = framesBar('frames while containers scroll; median / p95 / p99', await scrollFrames(page, 'containers'))
  const images = framesBar('frames while images scroll; median / p95 / p99', await scrollFrames(page, 'images'))
  await page.getByTestId('nav-containers').click()
  const rows = timesBar('from the event to the row', await eventsToRows(page, daemon, ROUNDS), 100)
  const memory = memoryBar('the page’s process, what it shares with others among it', await pageMemoryMb(desktop), 250)
  const whole = memoryBar('the app, window open, what is shared counted once', await appMemoryMb(desktop.app.process().pid ?? 0))
  const paints = timesBar(`first paint of ${COUNT} containers after their data`, await firstPaints(page, ROUNDS), 300)
  const loadedAnew = memoryBar(`the page’s process after it was loaded anew ${ROUNDS} times`, await pageMemoryMb(desktop))
  await collectGarbage(page)
  return [paints, containers, images, rows, memory, whole, loadedAnew, memoryBar('the same once its garbage was collected', await pageMemoryMb(desktop), 250)]
}

async function idleBars(daemon: TestDaemon): Promise<Bar[]> {
  await using settings = await settingsFolder()
  await using app = await LaunchedApp.open(daemon.socketPath, settings.path)
  await usable(app)
  const toWindow = (word: string) => app.inMain(`require('electron').BrowserWindow.getAllWindows()[0].${word}()`)
  await toWindow('hide')
  await until('the page to be hidden', () => app.inPage('document.hidden'))
  const hidden = await idleShares(app.pid, daemon, HIDDEN_SECONDS)
  await app.inPage(`window.engineroom.call('app.change', { staysInTray: true })`)
  await toWindow('close')
  const closed = await idleShares(app.pid, daemon, CLOSED_SECONDS)
  return [
    shareBar(`the app, window hidden, over ${HIDDEN_SECONDS} s`, hidden.app, 0.3),
    shareBar(`the app, window closed, over ${CLOSED_SECONDS} s`, closed.app, 0.3),
    shareBar('its engine meanwhile', closed.engine),
    memoryBar('the app, window closed', await appMemoryMb(app.pid)),
  ]
}
