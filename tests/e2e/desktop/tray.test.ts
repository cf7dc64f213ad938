import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { asDebianPackage } from '../../harness/packaged-window.ts'
import { ReleaseFeed } from '../../harness/release-feed.ts'
import { freePort } from '../../harness/tcp.ts'
import { until } from '../../harness/until.ts'
import { Desktop } from '../harness/desktop.ts'
import { Screen } from '../harness/screen.ts'
import { TrayMenu } from '../harness/tray-menu.ts'

let owned: AsyncDisposableStack
let daemon: TestDaemon
let desktop: Desktop
let screen: Screen
let tray: TrayMenu
let home: string
let feed: ReleaseFeed

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  home = await mkdtemp(join(tmpdir(), 'er-tray-'))
  opening.defer(() => rm(home, { recursive: true }))
  daemon = opening.use(await startDaemon())
  feed = opening.use(
    await ReleaseFeed.open('99.0.0', { 'engineroom_99.0.0_amd64.deb': Buffer.alloc(2_000_000, 'w'), 'engineroom-engine_99.0.0_amd64.deb': Buffer.alloc(1000) }),
  )
  const under = await asDebianPackage(home, feed.key)
  desktop = opening.use(await Desktop.open(daemon.socketPath, undefined, { environment: { HOME: home, XDG_CONFIG_HOME: undefined }, under }))
  screen = new Screen(desktop.page)
  tray = await TrayMenu.of(desktop)
  // What would leave the app is noted instead: a private display has nobody who shows notifications, either.
  await desktop.app.evaluate(({ Notification, shell }) => {
    shell.openExternal = async (url) => void Object.assign(globalThis, { opened: url })
    const notices: Electron.Notification[] = []
    Object.assign(globalThis, { notices })
    Notification.prototype.show = function () {
      notices.push(this)
    }
  })
  owned = opening.move()
})
afterAll(() => owned.disposeAsync())

const stateOf = (name: string) => daemon.ok('inspect', '-f', '{{.State.Status}}', name)

test('the tray (its menu, as no tray area draws it here) follows containers, and what is chosen in it is done', async () => {
  const port = await freePort()
  await daemon.ok('run', '-d', '--name', 'web', '--stop-timeout', '1', '-p', `127.0.0.1:${port}:80`, 'busybox', 'sleep', '1000')
  await tray.shows('web')
  expect(await tray.lines()).toContain('Engine is running: 1 container')
  await tray.choose('web', `Open localhost:${port}`)
  await until('the port to be opened', async () => (await desktop.app.evaluate(() => Reflect.get(globalThis, 'opened'))) === `http://localhost:${port}`)
  await tray.choose('web', 'Pause')
  await tray.shows('web (paused)')
  expect(await stateOf('web')).toBe('paused')
  await tray.choose('web (paused)', 'Resume')
  await tray.shows('web')
  await tray.choose('web', 'Show')
  await screen.sees('container-detail', 'web')
  await daemon.ok('rename', 'web', 'shop')
  await tray.shows('shop')
  await tray.choose('shop', 'Stop')
  await tray.lacks('shop')
  expect(await stateOf('shop')).toBe('exited')
  await daemon.ok('rm', 'shop')
})

test('several are paused and resumed at once', async () => {
  for (const name of ['one', 'two']) await daemon.ok('run', '-d', '--name', name, 'busybox', 'sleep', '1000')
  await tray.shows('Pause all containers')
  await tray.choose('Pause all containers')
  await tray.shows('Engine is running: 2 containers, 2 paused')
  await tray.choose('Resume all that are paused')
  await tray.shows('Engine is running: 2 containers')
})

test('a crash is a recent error that leads to its logs; what was stopped is none', async () => {
  await daemon.ok('rm', '-f', 'one')
  await daemon.ok('run', '-d', '--name', 'broken', 'busybox', 'sh', '-c', 'echo last words; exit 3')
  await tray.shows(/^broken ended with exit code 3, at \d\d:\d\d$/)
  const [line = '', ...more] = (await tray.lines()).filter((one) => one.includes('exit code'))
  expect(more).toEqual([])
  await screen.go('images')
  await tray.choose(line)
  await screen.sees('log-view', 'last words')
  await daemon.ok('rm', 'broken')
  await tray.lacks(line)
})

/** Notifications of containers; the disk of whoever runs this is another matter. */
const notices = () =>
  desktop.app.evaluate(() =>
    (globalThis as typeof globalThis & { notices: Electron.Notification[] }).notices.map(({ title }) => title).filter((title) => !title.includes('disk')),
  )

test('notifications (as the app hands them to the desktop): a crash, a loop once, and none that a person does not want', async () => {
  await until('the crash to be told', async () => (await notices()).length === 1)
  await screen.go('settings')
  await screen.get('app-tellsCrashes').uncheck()
  await daemon.ok('run', '-d', '--name', 'quiet', 'busybox', 'sh', '-c', 'exit 4')
  await daemon.ok('run', '-d', '--name', 'looping', '--restart', 'always', 'busybox', 'sh', '-c', 'echo round; exit 7')
  await until('the loop to be told', async () => (await notices()).length === 2)
  expect(await notices()).toEqual(['broken has crashed', 'looping restarts again and again'])
  await desktop.app.evaluate(() => {
    const { notices: shown } = globalThis as typeof globalThis & { notices: Electron.Notification[] }
    shown.find(({ title }) => title.startsWith('looping'))?.emit('click')
  })
  await screen.sees('log-view', 'round')
  await daemon.ok('rm', '-f', 'quiet', 'looping')
})

test('the engine is restarted, and containers go on', async () => {
  const startedAt = () => daemon.ok('inspect', '-f', '{{.State.StartedAt}}', 'two')
  const before = await startedAt()
  await tray.choose('Restart the engine (containers go on)')
  await tray.lacks('Restart the engine (containers go on)')
  await tray.shows('Engine is running: 1 container')
  expect(await startedAt()).toBe(before)
})

test('opening at login is a file of the autostart folder; Settings and the tray say the same', async () => {
  const file = join(home, '.config/autostart/engineroom.desktop')
  await tray.choose('Open at login')
  await tray.shows('✓ Open at login')
  expect(await readFile(file, 'utf8')).toMatch(/^Exec=".*" "--in-tray"$/m)
  await screen.go('settings')
  expect(await screen.get('app-opensAtLogin').isChecked()).toBe(true)
  await screen.photograph('settings-app')
  await screen.get('app-opensAtLogin').uncheck()
  await tray.shows('Open at login')
  await expect(readFile(file)).rejects.toThrow('ENOENT')
})

test('a newer version is told of and fetched by who wants that; while it is off nobody is asked', async () => {
  await screen.go('settings')
  await screen.sees('updates-status', 'Updates are off: nobody is asked.')
  expect(await screen.get('updates-look').isDisabled()).toBe(true)
  await screen.get('updates-tell').check()
  await screen.sees('updates-status', 'it has no address')
  expect(feed.asked).toEqual([])
  await screen.get('updates-feed').fill(feed.address)
  await screen.get('updates-feed').press('Enter')
  await screen.sees('updates-status', '99.0.0 is there.')
  expect((await notices()).at(-1)).toBe('Engineroom 99.0.0 is there')
  await screen.go('images')
  await tray.shows('Engineroom 99.0.0 is there')
  await tray.choose('Engineroom 99.0.0 is there')
  await screen.get('updates-fetch').click()
  await screen.sees('updates-command', /sudo apt install '.*engineroom_99.0.0_amd64.deb' '.*engineroom-engine_99.0.0_amd64.deb'/)
  await screen.get('updates').scrollIntoViewIfNeeded()
  await screen.photograph('updates')
  await screen.get('updates-look').click()
  await screen.sees('updates-status', '99.0.0 is there.')
  expect(feed.asked).toEqual(
    ['latest-linux.yml', 'engineroom_99.0.0_amd64.deb', 'engineroom-engine_99.0.0_amd64.deb', 'latest-linux.yml'].map((name) => `/feed/${name}`),
  )
  await screen.get('updates-off').check()
  await screen.sees('updates-status', 'Updates are off: nobody is asked.')
  await tray.lacks('Engineroom 99.0.0 is there')
  expect(await desktop.page.evaluate("window.engineroom.call('updates.look', {})")).toMatchObject({ state: 'off' })
  expect(feed.asked).toHaveLength(4)
})

test('who wants it to stay in the tray closes the window, and opens it again from there', async () => {
  await screen.get('app-staysInTray').check()
  const closed = desktop.page.waitForEvent('close')
  await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
  await closed
  await daemon.ok('rename', 'two', 'renamed')
  await tray.shows('renamed')
  const opened = desktop.app.waitForEvent('window')
  await tray.choose('renamed', 'Show')
  await new Screen(await opened).sees('container-detail', 'renamed')
})

test('quitting leaves the engine and its containers', async () => {
  const ended = desktop.app.waitForEvent('close')
  await tray.choose('Quit (the engine and containers go on)')
  await ended
  expect(await stateOf('renamed')).toBe('running')
})
