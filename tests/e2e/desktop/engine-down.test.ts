import { readFile } from 'node:fs/promises'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { VIEWS, type View } from '../../../renderer/text/place.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { Desktop } from '../harness/desktop.ts'
import { Screen } from '../harness/screen.ts'

let owned: AsyncDisposableStack
let daemon: TestDaemon
let screen: Screen
const thrown: string[] = []

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  daemon = opening.use(await startDaemon())
  await daemon.ok('run', '-d', '--name', 'survivor', 'busybox', 'sleep', '1000')
  screen = new Screen(opening.use(await Desktop.open(daemon.socketPath)).page)
  screen.page.on('pageerror', (error) => thrown.push(error.message))
  owned = opening.move()
})
afterAll(() => owned.disposeAsync())

test('a daemon that is killed is seen at once, and what was known stays on show', async () => {
  await screen.container('survivor', 'running').waitFor()
  await daemon.stop('SIGKILL')
  await screen.get('engine-down').waitFor()
  await screen.sees('engine-down', daemon.socketPath)
  expect(await screen.container('survivor').count()).toBe(1)
  await screen.photograph('desktop-engine-down')
  // Wherever one goes meanwhile, that is said there, and nothing breaks.
  for (const view of VIEWS) {
    await screen.go(view)
    await screen.page.locator(`main[data-view=${view}] [data-testid=engine-down]`).waitFor()
  }
  expect(thrown).toEqual([])
})

/** What the engine has to say of a view before anything is in it. */
const TOLD: Partial<Record<View, string>> = {
  data: '[data-testid=data-total]',
  registries: '[data-testid=local-switch]:not(:disabled)',
  settings: '[data-testid=setting][data-key=dns]',
  troubleshoot: '[data-testid=check][data-id=disk]',
}

test('when it is back, the window is too, by itself, with what happened meanwhile', async () => {
  await daemon.start()
  await daemon.ok('rm', '-f', 'survivor')
  await daemon.ok('run', '-d', '--name', 'newcomer', 'busybox', 'sleep', '1000')
  await screen.get('engine-down').waitFor({ state: 'detached' })
  // The view that was open is whole again without a click, and so is each other.
  await screen.page.locator(TOLD.troubleshoot ?? '').waitFor()
  await screen.go('containers')
  await screen.container('newcomer', 'running').waitFor()
  await screen.container('survivor').waitFor({ state: 'detached' })
  for (const [view, told] of viewsWithAnswers()) {
    await screen.go(view)
    await screen.page.locator(told).waitFor()
  }
})

test('an engine that does not answer for a while leaves no view broken: what was asked comes when it does', async () => {
  for (const [view, told] of viewsWithAnswers()) {
    await screen.go('networks')
    process.kill(daemon.pid, 'SIGSTOP')
    await screen.go(view)
    await screen.page.locator(`main[data-view=${view}]`).waitFor()
    process.kill(daemon.pid, 'SIGCONT')
    await screen.page.locator(told).waitFor()
  }
  expect(await screen.get('error-note').count()).toBe(0)
  expect(thrown).toEqual([])
  await screen.go('containers')
})

function viewsWithAnswers(): [View, string][] {
  return VIEWS.flatMap((view): [View, string][] => {
    const told = TOLD[view]
    return told === undefined ? [] : [[view, told]]
  })
}

test('a start that fails says why', async () => {
  await daemon.stop('SIGTERM')
  await using desktop = await Desktop.open(daemon.socketPath, [process.execPath, '-e', 'console.error("the disk is full"); process.exit(1)'])
  const other = new Screen(desktop.page)
  await other.get('engine-down').waitFor()
  await other.get('engine-start').click()
  await other.sees('engine-down', 'the disk is full')
  await other.photograph('desktop-start-engine-failed')
})

test('the window starts the engine when it is told how, and the engine outlives the window', async () => {
  {
    await using desktop = await Desktop.open(daemon.socketPath, daemonCommand(daemon))
    const other = new Screen(desktop.page)
    await other.get('engine-down').waitFor()
    await other.get('engine-start').click()
    await other.container('newcomer', 'running').waitFor()
  }
  const pid = Number(await readFile(join(daemon.execRoot, 'engineroom.pid'), 'utf8'))
  expect((await daemon.api('GET', '/_ping')).status).toBe(200)
  await screen.get('engine-down').waitFor({ state: 'detached' })
  expect(getPriority(pid)).toBe(0)
  process.kill(pid, 'SIGTERM') // It is nobody's child.
  await screen.get('engine-down').waitFor()
})

/** The daemon of this test by the same flags, as the launcher would start it. */
function daemonCommand({ socketPath, dataRoot, execRoot, bridge, subnet }: TestDaemon): string[] {
  const program = [process.execPath, join(import.meta.dirname, '../../../dist/engine/daemon.mjs')]
  return [...program, '-H', `unix://${socketPath}`, '--data-root', dataRoot, '--exec-root', execRoot, '--bridge', bridge, '--bip', `${subnet}.1/24`]
}
