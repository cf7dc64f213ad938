import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tar } from '../../api/images/archives.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { freePort } from '../../harness/tcp.ts'
import { until } from '../../harness/until.ts'
import { barriersIn } from '../harness/accessibility.ts'
import { Browser } from '../harness/browser.ts'
import { Screen } from '../harness/screen.ts'

/** What the suite of the desktop's window drives, in a browser: with what a browser cannot do absent. */

let owned: AsyncDisposableStack
let daemon: TestDaemon
let browser: Browser
let screen: Screen
const thrown: string[] = []

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  daemon = opening.use(await startDaemon({ flags: ['--web-console', `127.0.0.1:${await freePort()}`] }))
  browser = opening.use(await Browser.open())
  screen = new Screen(browser.page)
  screen.page.on('pageerror', (error) => thrown.push(error.message))
  await browser.page.goto(await daemon.webConsoleUrl())
  owned = opening.move()
})
afterAll(async () => {
  await owned.disposeAsync()
  expect(thrown).toEqual([])
})

const names = () =>
  screen.page.locator('[data-testid=container-row], [data-testid=project-row]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-name')))

test('containers of a compose project stand together, are started at once, and removed at once with others', async () => {
  for (const name of ['shop-db', 'shop-web'])
    await daemon.ok('create', '--name', name, '--label', 'com.docker.compose.project=shop', '--stop-timeout', '0', 'busybox', 'sleep', '1000')
  await daemon.ok('create', '--name', 'alone', 'busybox', '/no/such/program')
  await screen.go('containers')
  const project = screen.page.locator('[data-testid=project-row][data-name=shop]')
  await project.getByTestId('project-start').click()
  await screen.container('shop-db', 'running').waitFor()
  await screen.container('shop-web', 'running').waitFor()
  await project.getByTestId('project-fold').click()
  expect((await names()).toSorted()).toEqual(['alone', 'shop'])
  await project.getByTestId('project-fold').click()

  await screen.container('alone').getByTestId('row-mark').check()
  await screen.container('shop-db').getByTestId('row-mark').check()
  await screen.sees('bulk', '2 chosen')
  await screen.get('bulk-start').click()
  await screen.sees('error-note', 'alone: ')
  await screen.page.getByRole('grid').focus()
  await screen.page.keyboard.press('Control+a')
  await screen.sees('bulk', '3 chosen')
  await screen.get('bulk-remove').click()
  await screen.get('bulk-remove-confirm').click()
  await screen.get('empty-state').waitFor()
})

test('a log of fifty thousand lines is searched, and few of them are drawn', async () => {
  await daemon.ok('run', '--name', 'many', 'busybox', 'sh', '-c', "seq 50000 | sed 's/.*/line & of many/'")
  await screen.open('many', 'logs')
  await screen.sees('log-view', 'line 50000 of')
  await screen.get('log-all').click()
  await screen.page.getByText('50,000 lines').waitFor()
  await screen.get('log-pattern').fill('line 777\\d of')
  await screen.page.getByText('10 lines', { exact: true }).waitFor()
  expect(await screen.page.locator('[data-testid=log-view] .line').count()).toBe(10)
  await daemon.ok('rm', 'many')
})

test('what a terminal has shown is searched; a reloaded page finds its shell again', async () => {
  await daemon.ok('run', '-d', '--name', 'shell', '-e', 'API_TOKEN=secret', '-p', '127.0.0.1::80', 'busybox', 'sleep', '1000')
  await screen.open('shell', 'terminal')
  await screen.phase('terminal', 'open')
  await screen.type('n=needle; for i in 1 2 3; do echo $n-$i; seq 100; done')
  await screen.sees('terminal', /\n100\s+\/ #/)
  await screen.get('terminal-find').click()
  await screen.get('terminal-search').fill('needle-')
  await screen.sees('terminal-found', /of 3$/)
  await screen.get('terminal-search').press('Escape')
  await screen.page.reload()
  await screen.phase('terminal', 'open')
  await screen.type('echo still-$n')
  await screen.sees('terminal', 'still-needle')
})

test('a container whose image has no shell has one of ours', async () => {
  const image = await tar([{ name: 'sleep', mode: 0o755, content: readFileSync('/bin/busybox') }])
  const { code, stderr } = await daemon.docker(['import', '-', 'bare'], { input: image })
  expect([code, stderr]).toEqual([0, ''])
  await daemon.ok('run', '-d', '--name', 'bare', 'bare', '/sleep', '1000')
  await screen.open('bare', 'terminal')
  await screen.phase('terminal', 'failed')
  await screen.get('terminal-debug').click()
  await screen.phase('terminal', 'open')
  await screen.type('echo $((6 * 7))-inside')
  await screen.sees('terminal', '42-inside')
  await screen.type('exit')
  await screen.phase('terminal', 'ended')
  await daemon.ok('rm', '-f', 'bare')
})

test('a container is run as the form says, and its line is the docker command’s, without its secrets', async () => {
  await screen.go('images')
  await screen.image('busybox:latest').click()
  await screen.get('run-name').fill('formed')
  await screen.get('run-command').fill('sleep 1000')
  await screen.sees('run-line', 'docker run -d -i -t --name formed busybox:latest sleep 1000')
  await screen.get('run-button').click()
  await screen.container('formed', 'running').waitFor()
  await screen.open('shell', 'setup')
  await screen.sees('setup-line', /docker run .*--name shell .*busybox sleep 1000/)
  expect(await screen.text('setup-line')).not.toContain('secret')
})

test('a call of the inspector is sent again, and its answer is beside the first', async () => {
  const call = (text: string) => screen.page.locator(`[data-testid=request-row][data-call^="${text}"]`)
  await screen.go('inspector')
  await daemon.ok('volume', 'create', 'replayed')
  await daemon.api('GET', '/v1.51/volumes/replayed')
  await call('GET /volumes/replayed').first().click()
  await screen.get('request-again').click()
  await screen.sees('request-replay', '"replayed"')
  await daemon.ok('volume', 'rm', 'replayed')
  await call('DELETE /volumes/replayed').first().click()
  await screen.get('request-again').click()
  await screen.get('replay-send').click()
  await screen.sees('request-replay', 'no such volume')
})

test('the engine’s own log is followed, and saved as it is shown', async () => {
  await screen.go('engine-log')
  await screen.sees('log-view', 'Daemon has completed initialization')
  await screen.phase('log-view', 'following')
  await screen.get('log-pattern').fill('completed')
  await until('other lines to be hidden', async () => !(await screen.text('log-view')).includes('API listen'))
  const download = screen.page.waitForEvent('download')
  await screen.get('engine-log-save').click()
  const text = readFileSync(await (await download).path(), 'utf8')
  expect(text).toMatch(/^\d{4}-\d\d-\d\dT\S+Z info {2}Daemon has completed initialization\n$/)
})

test('what only the desktop can do is absent: another engine, this computer’s command line, updates, logins', async () => {
  for (const testId of ['host-open', 'host-place']) expect(await screen.get(testId).count()).toBe(0)
  await screen.go('settings')
  await screen.page.locator('[data-testid=setting][data-key=dns]').waitFor()
  for (const testId of ['settings-host', 'command-line-part', 'updates', 'broken-part']) expect(await screen.get(testId).count()).toBe(0)
  await screen.get('palette-open').click()
  await screen.get('palette-input').fill('where the engine runs')
  await until('no such entry', async () => (await screen.get('palette-entry').count()) === 0)
  await screen.page.keyboard.press('Escape')
  expect(await barriersIn(screen.page)).toEqual([])
})

test('the data directory is moved by a click; the engine is new then, so that the page asks for its new link', async () => {
  const to = `${daemon.dataRoot}-moved`
  await daemon.removeAllContainers()
  await screen.go('data')
  await screen.get('data-move').click()
  await screen.get('move-to').fill(to)
  await screen.get('move-stop').check()
  const before = await daemon.webConsoleUrl()
  await screen.get('move-now').click()
  await screen.sees('engine-down', 'This page needs its link', 60_000)
  const link = await until('the new link', async () => {
    const url = await daemon.webConsoleUrl()
    return url !== before && url
  })
  await browser.page.goto(link)
  await screen.go('data')
  await screen.page.locator('[data-testid=data-where]', { hasText: to }).waitFor()
  // Back, to where what is left behind is looked for.
  expect(await daemon.api('POST', '/engineroom/v1/data/move', { to: daemon.dataRoot })).toMatchObject({ status: 202 })
  await until('the data to be back', async () => (await daemon.docker(['info', '-f', '{{.DockerRootDir}}'])).stdout.trim() === daemon.dataRoot, 60_000)
})
