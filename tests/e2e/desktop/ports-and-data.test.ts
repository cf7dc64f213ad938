import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { freePort } from '../../harness/tcp.ts'
import { until } from '../../harness/until.ts'
import { Browser } from '../harness/browser.ts'
import { Desktop } from '../harness/desktop.ts'
import { Screen } from '../harness/screen.ts'

let owned: AsyncDisposableStack
let daemon: TestDaemon
let desktop: Desktop
let screen: Screen
let port: number
let movedTo: number

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  daemon = opening.use(await startDaemon({ flags: ['--web-console', '127.0.0.1:0'] }))
  desktop = opening.use(await Desktop.open(daemon.socketPath))
  screen = new Screen(desktop.page)
  port = await freePort()
  movedTo = await freePort()
  owned = opening.move()
})
afterAll(() => owned.disposeAsync())

const portRow = (number: number, protocol = 'tcp') => screen.page.locator(`[data-testid=port-row][data-port="${number}/${protocol}"]`)
const kind = (name: string) => screen.page.locator(`[data-testid=data-kind][data-kind="${name}"]`)

/** Somebody else's program on a port: this one. */
async function foreign(): Promise<AsyncDisposable & { readonly port: number }> {
  const taken = await freePort()
  const server = createServer().listen(taken, '0.0.0.0')
  await once(server, 'listening')
  return {
    port: taken,
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}

test('without a published port the view says how to publish one', async () => {
  await screen.go('ports')
  await screen.sees('empty-state', 'No port is published')
  await screen.photograph('ports-empty')
})

test('published ports come and go with their containers, both families in one row', async () => {
  await daemon.ok('run', '-d', '--name', 'web', '-p', `${port}:80`, '-p', `127.0.0.1:${port}:53/udp`, 'busybox', 'sleep', '1000')
  await portRow(port).waitFor()
  await portRow(port, 'udp').waitFor()
  expect(await screen.page.locator('[data-testid=port-row]').count()).toBe(2)
  await portRow(port)
    .getByTestId('port-traffic')
    .getByText(/B\/s in, .*B\/s out/)
    .waitFor()
  await screen.photograph('ports')
  await portRow(port).getByTestId('port-copy').click()
  await until('the address to be on the clipboard', async () => (await desktop.app.evaluate(({ clipboard }) => clipboard.readText())) === `localhost:${port}`)
  expect(await portRow(port, 'udp').getByTestId('port-open').count()).toBe(0)
})

test('who has a port: a container, a program by its name, or nobody', async () => {
  const answer = async (question: string, wanted: string | RegExp) => {
    await screen.get('port-question').fill(question)
    await screen.get('port-ask').click()
    await screen.sees('port-answer', wanted)
  }
  await answer(String(port), /belongs to the container\s+web/)
  await using other = await foreign()
  await answer(String(other.port), `(pid ${process.pid})`)
  await screen.photograph('ports-taken')
  await answer(`${other.port}/udp`, 'is free')
})

test('a start that fails for a taken port names the process that has it', async () => {
  await using other = await foreign()
  await daemon.ok('create', '--name', 'unlucky', '-p', `${other.port}:80`, 'busybox', 'sleep', '1000')
  await screen.go('containers')
  await screen.container('unlucky').click()
  await screen.get('container-start').click()
  await screen.sees('error-note', `(pid ${process.pid}) has port ${other.port}`)
  await screen.photograph('port-conflict')
  await daemon.ok('rm', 'unlucky')
})

test('another host port: what it takes is shown, then a new container is in the place of the old one, with its volumes and its own files', async () => {
  const from = await freePort()
  const to = movedTo
  const command = ['sh', '-c', 'echo kept > /data/in-volume; exec httpd -f -p 80 -h /data']
  await daemon.ok('run', '-d', '--name', 'moved', '--stop-signal', 'KILL', '-e', 'A=1', '-p', `127.0.0.1:${from}:80`, '-v', '/data', 'busybox', ...command)
  await daemon.ok('exec', 'moved', 'touch', '/own')
  const id = await daemon.ok('inspect', '-f', '{{.Id}} {{(index .Mounts 0).Name}}', 'moved')
  await screen.go('ports')
  await portRow(from).getByTestId('port-change-open').click()
  await screen.sees('port-change-loss', /1 path[\s\S]*\/own/)
  await screen.get('port-change-port').fill(String(to))
  await screen.sees('port-change-preview', `80/tcp being published at 127.0.0.1:${to}`)
  await screen.photograph('port-change')
  await screen.get('port-change-now').click()
  await screen.sees('port-changed', `moved publishes 80/tcp at ${to} now`)
  await portRow(to).waitFor()
  await screen.photograph('port-changed')
  const isNow = await daemon.ok('inspect', '-f', '{{.Id}} {{(index .Mounts 0).Name}}', 'moved')
  expect(isNow.split(' ')[1]).toBe(id.split(' ')[1])
  expect(isNow.split(' ')[0]).not.toBe(id.split(' ')[0])
  expect(await daemon.ok('exec', 'moved', 'sh', '-c', 'ls /own; echo $A')).toBe('/own\n1')
  expect(await (await fetch(`http://127.0.0.1:${to}/in-volume`)).text()).toBe('kept\n')
  expect(await daemon.ok('ps', '-a', '--format', '{{.Names}}')).not.toContain('moved-')
})

test('with a port that is taken the old one is back as it was, running, and why is shown', async () => {
  await using other = await foreign()
  const before = await daemon.ok('inspect', '-f', '{{.Id}} {{.Image}}', 'moved')
  const images = await daemon.ok('images', '-q')
  await screen.go('containers')
  await screen.container('moved').click()
  await screen.get('detail-change-port').click()
  await screen.get('port-change-addresses').fill('')
  await screen.get('port-change-port').fill(String(other.port))
  await screen.get('port-change-now').click()
  await screen.page.locator('[data-testid=port-change] [data-testid=error-note]', { hasText: 'address already in use' }).waitFor()
  await screen.photograph('port-change-failed')
  expect(await daemon.ok('inspect', '-f', '{{.Id}} {{.Image}}', 'moved')).toBe(before)
  expect(await daemon.ok('ps', '--format', '{{.Names}}')).toContain('moved')
  expect(await daemon.ok('ps', '-a', '--format', '{{.Names}}')).not.toContain('moved-')
  expect(await daemon.ok('images', '-q')).toBe(images)
  await screen.go('ports')
  await portRow(movedTo).waitFor()
})

test('a container that removes itself when it stops is left alone', async () => {
  const own = await freePort()
  await daemon.ok('run', '-d', '--rm', '--name', 'passing', '-p', `${own}:80`, 'busybox', 'sleep', '1000')
  await screen.go('ports')
  await portRow(own).getByTestId('port-change-open').click()
  await screen.sees('port-change-refused', '--rm')
  await daemon.ok('rm', '-f', 'passing', 'moved')
  await daemon.ok('image', 'prune', '-f')
  for (const image of (await daemon.ok('images', '--format', '{{.Repository}}:{{.Tag}}')).split('\n').filter((name) => name.startsWith('moved:')))
    await daemon.ok('rmi', image)
  await daemon.ok('volume', 'prune', '-f', '--filter', 'all=1')
})

test('a port leads to its container', async () => {
  await screen.go('ports')
  await portRow(port).getByText('web').click()
  await screen.sees('container-detail', 'web')
  await daemon.ok('rm', '-f', 'web')
  await screen.go('ports')
  await screen.get('empty-state').waitFor()
})

test('the data directory is measured, kind by kind', async () => {
  await daemon.ok('run', '--name', 'wrote', 'busybox', 'dd', 'if=/dev/zero', 'of=/file', 'bs=1M', 'count=3')
  await daemon.ok('volume', 'create', 'kept')
  await screen.go('data')
  await kind('containers').getByText('1, 0 in use').waitFor()
  await screen.sees('disk-bar', /free .* of /)
  await kind('containers').getByText('3.15 MB').first().waitFor()
  await screen.photograph('data')
})

test('what can go is shown with its bytes; what was shown goes, and nothing else', async () => {
  await screen.sees('prune-plan', /wrote\s+3\.15 MB/)
  await screen.get('prune-all').check()
  await screen.sees('prune-plan', 'busybox:latest')
  await screen.get('prune-all').uncheck()
  await screen.page.getByTestId('prune-plan').getByText('busybox:latest').waitFor({ state: 'detached' })
  await screen.get('prune').click()
  await screen.photograph('data-prune')
  // It came after the person agreed.
  await daemon.ok('create', '--name', 'unseen', 'busybox')
  await screen.get('prune-confirm').click()
  await screen.sees('prune-result', /3\.15 MB came back/)
  expect(await daemon.ok('ps', '-a', '--format', '{{.Names}}')).toBe('unseen')
  expect(await daemon.ok('images', '-q')).not.toBe('')
  await screen.sees('prune-plan', 'unseen')
})

test('that something happened since is said, and it is measured again when asked', async () => {
  await screen.sees('view-summary', 'Measured just now')
  await daemon.ok('rm', 'unseen')
  await screen.sees('view-summary', 'something happened since')
  await screen.get('data-measure').click()
  await screen.get('prune-nothing').waitFor()
  await kind('containers').getByText('none').waitFor()
})

const check = (id: string) => screen.page.locator(`[data-testid=check][data-id="${id}"]`)

test('what is wrong with the machine or this computer is said with what to do, and what the product takes is shown', async () => {
  await screen.go('troubleshoot')
  for (const id of ['socket', 'context', 'system-socket', 'path', 'disk', 'cgroups', 'firewall', 'dns']) await check(id).waitFor()
  expect(await check('socket').getAttribute('data-state')).toBe('ok')
  // The docker command of whoever runs this goes elsewhere.
  expect(await check('context').getAttribute('data-state')).toBe('warn')
  expect(await check('context').textContent()).toContain(`unix://${daemon.socketPath}`)
  await screen.sees('spending-engine', /%\s+[\d.]+ MB/)
  await screen.sees('spending-window', /processes\s+[\d.]+ %\s+[\d.]+ MB/)
  await screen.sees('startup', /^\d+\.\d\d s$/)
  await screen.photograph('troubleshoot')
})

test('the same in the console', async () => {
  await using browser = await Browser.open()
  const console = new Screen(browser.page)
  await browser.page.goto(await daemon.webConsoleUrl())
  await console.go('data')
  await console.sees('data-total', /[\d.]+ MB/)
  // The view is there before the page has found the engine.
  await browser.page.reload()
  await console.sees('data-total', /[\d.]+ MB/)
  await console.go('ports')
  await console.get('port-question').fill('1')
  await console.get('port-ask').click()
  await console.sees('port-answer', /is (free|taken)/)
  await daemon.ok('run', '-d', '--name', 'told', '-e', 'TOKEN=hunter2', '-l', 'password=hunter2', 'busybox', 'sh', '-c', 'echo hunter2; sleep 1000')
  await console.go('containers')
  await console.container('told', 'running').waitFor()
  await console.go('troubleshoot')
  await console.page.locator('[data-testid=check][data-id=disk]').waitFor()
  // What only the desktop knows is not there.
  expect(await console.page.locator('[data-testid=check][data-id=socket]').count()).toBe(0)
  expect(await console.get('spending-window').count()).toBe(0)
  await console.go('registries')
  await console.sees('local-registry', 'Off')
  expect(await console.get('login').count()).toBe(0)
  await console.go('settings')
  await browser.page.locator('[data-testid=setting][data-key=dns]').waitFor()
  await console.go('troubleshoot')
  const download = browser.page.waitForEvent('download')
  await console.get('diagnostics').click()
  const text = await readFile(await (await download).path(), 'utf8')
  expect(JSON.parse(text)).toMatchObject({ connection: { state: 'live' }, containers: [{ image: 'busybox', state: 'running' }] })
  expect(text).not.toContain('hunter2')
})

test('the data directory is moved: what cannot be is said, what is done is seen, and the window is back by itself', async () => {
  const to = `${daemon.dataRoot}-moved`
  await screen.go('data')
  await screen.get('data-move').click()
  await screen.get('move-to').fill('not/absolute')
  await screen.get('move-now').click()
  await screen.page.locator('[data-testid=data-move-form] [data-testid=error-note]').waitFor()
  await screen.get('move-to').fill(to)
  await screen.get('move-stop').check()
  await screen.photograph('data-move')
  await screen.get('move-now').click()
  await screen.page.locator('[data-testid=data-where]', { hasText: to }).waitFor({ timeout: 60_000 })
  expect(await daemon.ok('info', '-f', '{{.DockerRootDir}}')).toBe(to)
  const moved = screen.page.locator('[data-testid=image-task][data-kind=move][data-phase=done]')
  await moved.getByText(`is in ${to} now`).waitFor()
  await screen.page.reload()
  await screen.get('tasks-open').click()
  await moved.waitFor()
  await screen.photograph('data-moved')
  await moved.getByTestId('task-dismiss').click()
  await moved.waitFor({ state: 'detached' })
  expect((await daemon.api('GET', '/engineroom/v1/data/move')).body).toBe('{"outcome":null}\n')
  // Back, to where what is left behind is looked for.
  await daemon.removeAllContainers()
  expect(await daemon.api('POST', '/engineroom/v1/data/move', { to: daemon.dataRoot })).toMatchObject({ status: 202 })
  await screen.page.locator('[data-testid=data-where]', { hasNotText: to }).waitFor({ timeout: 60_000 })
})
