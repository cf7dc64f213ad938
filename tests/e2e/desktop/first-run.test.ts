import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'
import { barriersIn } from '../harness/accessibility.ts'
import { Desktop } from '../harness/desktop.ts'
import { Screen } from '../harness/screen.ts'

let owned: AsyncDisposableStack
let daemon: TestDaemon
let desktop: Desktop
let screen: Screen

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  // No image, and no way to get one but what comes with the window.
  daemon = opening.use(await startDaemon({ withBusybox: false, flags: ['--registry-mirror', 'http://127.0.0.1:9'] }))
  desktop = opening.use(await Desktop.open(daemon.socketPath, undefined, { firstRun: true }))
  screen = new Screen(desktop.page)
  await desktop.app.evaluate(({ shell }) => {
    shell.openExternal = async (url) => void Object.assign(globalThis, { opened: url })
  })
  owned = opening.move()
})
afterAll(() => owned.disposeAsync())

const at = (step: number) => screen.page.locator(`[data-testid=first-run][data-step="${step}"]`).waitFor()
const press = (key: string) => screen.page.keyboard.press(key)
/** Of the whole window, as it is now, with a picture. */
async function look(name: string): Promise<string[]> {
  await screen.photograph(`first-run-${name}`)
  return barriersIn(screen.page)
}

test('who opens the window for the first time is led through three screens, by keys alone, to a container that serves a page', async () => {
  await at(1)
  await screen.sees('first-place', 'Yours runs on this computer. It answers.')
  const barriers = await look('1')
  await press('Tab')
  await press('Tab')
  await press('Enter')
  await at(2)
  await screen.sees('first-run', daemon.socketPath)
  await screen.sees('first-run', daemon.dataRoot)
  await screen.sees('first-run', 'makes the context engineroom')
  barriers.push(...(await look('2')))
  await screen.get('first-next').press('Enter')
  await at(3)
  await screen.get('first-container').press('Enter')
  await screen.sees('first-address', /http:\/\/localhost:\d+/)
  barriers.push(...(await look('3')))
  expect(barriers).toEqual([])
  const opened = String(await desktop.app.evaluate(() => Reflect.get(globalThis, 'opened')))
  await until('the page', async () => (await fetch(opened).then((answer) => answer.text())).includes('Hello from Engineroom'))
  expect(await daemon.ok('port', 'hello-engineroom', '80')).toMatch(/^127\.0\.0\.1:\d+$/)
})

test('it is shown once, and again to who asks; its container is used again', async () => {
  await screen.get('first-close').press('Enter')
  await screen.get('first-run').waitFor({ state: 'detached' })
  await screen.page.reload()
  await screen.container('hello-engineroom', 'running').waitFor()
  expect(await screen.get('first-run').count()).toBe(0)
  await daemon.ok('stop', 'hello-engineroom')
  await screen.go('troubleshoot')
  await screen.get('first-steps').click()
  await screen.get('first-next').click()
  await screen.get('first-next').click()
  await screen.get('first-container').click()
  await screen.sees('first-address', 'hello-engineroom')
  await screen.get('first-back').click()
  await at(2)
  await press('Escape')
  await screen.get('first-run').waitFor({ state: 'detached' })
  expect(await daemon.ok('ps', '--format', '{{.Names}}')).toBe('hello-engineroom')
})
