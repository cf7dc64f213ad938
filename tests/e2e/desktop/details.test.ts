import { afterAll, beforeAll, expect, test } from 'vitest'
import { tar } from '../../api/images/archives.ts'
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

const MARK = '31416'

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  daemon = opening.use(await startDaemon({ flags: ['--web-console', '127.0.0.1:0'] }))
  desktop = opening.use(await Desktop.open(daemon.socketPath))
  screen = new Screen(desktop.page)
  await daemon.ok('network', 'create', 'backend')
  const options = ['-e', 'DB_PASSWORD=s3cret', '-e', 'MODE=fast', '-v', 'data:/data', '--restart', 'on-failure:3', '--memory', '64m']
  await daemon.ok('run', '-d', '--name', 'web', ...options, 'busybox', 'sh', '-c', `rm -f /etc/group; echo > /written; sleep ${MARK}; exit 3`)
  owned = opening.move()
})
afterAll(() => owned.disposeAsync())

const row = (testId: string, attribute: string) => screen.page.locator(`[data-testid=${testId}]${attribute}`)

test('what a container uses is drawn as it comes', async () => {
  await screen.open('web', 'usage')
  await screen.page.locator('[data-testid=usage-chart][data-title=Memory]').getByText('of 67.1 MB').waitFor()
  await screen.sees('usage-view', /[\d.]+ % of a core/)
  // What a line may reach is left to the lines.
  const plot = await screen.page
    .locator('[data-testid=usage-chart]', { has: screen.get('usage-legend') })
    .first()
    .getByTestId('usage-plot')
    .boundingBox()
  const legend = await screen.get('usage-legend').first().boundingBox()
  expect((legend?.y ?? Number.NaN) + (legend?.height ?? Number.NaN)).toBeLessThanOrEqual(plot?.y ?? Number.NaN)
  await screen.photograph('container-usage')
})

test('its processes are listed, and again when asked', async () => {
  /** A list is what was there when it was asked for, and a program takes its time to start. */
  const listed = (wanted: string) =>
    until(`${wanted} among the processes`, async () => {
      await screen.get('processes-again').click()
      return (await screen.text('processes-view')).includes(wanted)
    })
  await screen.get('tab-processes').click()
  await listed(`sleep ${MARK}`)
  await daemon.ok('exec', '-d', 'web', 'sleep', '27182')
  await listed('sleep 27182')
  await screen.photograph('container-processes')
})

test('what it was made with: secrets only when asked for, and a way to its volumes', async () => {
  await screen.get('tab-setup').click()
  await screen.sees('setup-env', /MODE\s+fast/)
  expect(await screen.text('setup-env')).not.toContain('s3cret')
  await screen.get('setup-secrets').click()
  await screen.sees('setup-env', 's3cret')
  await screen.sees('setup-view', 'after a failure, at most 3 times')
  await screen.sees('setup-view', '67.1 MB of memory')
  await screen.sees('setup-networks', 'bridge')
  // Newer clients of docker give variables in no order.
  await screen.sees(
    'setup-line',
    /docker run -d --name web (-e (DB_PASSWORD=s3cret|MODE=fast) ){2}-v data:\/data --restart on-failure:3 -m 67108864 busybox sh -c /,
  )
  await screen.photograph('container-setup')
  await screen.get('setup-copy-line').click()
  // What was copied, in a shell, makes such a container again.
  const copied = await desktop.app.evaluate(({ clipboard }) => clipboard.readText())
  await run('sh', ['-c', copied.replace('docker run -d --name web', `docker -H unix://${daemon.socketPath} create --name again`)])
  const facts = '{{len .Config.Env}} {{json .Config.Cmd}} {{json .HostConfig.Binds}} {{json .HostConfig.RestartPolicy}} {{.HostConfig.Memory}}'
  expect(await daemon.ok('inspect', '-f', facts, 'again')).toBe(await daemon.ok('inspect', '-f', facts, 'web'))
  await daemon.ok('rm', 'again')
  await screen.get('setup-mounts').getByText('data', { exact: true }).click()
  await row('volume-row', '[data-name=data]').getByText('web').waitFor()
  await screen.photograph('volumes-used-by')
})

test('which files differ from those of its image', async () => {
  await screen.open('web', 'changes')
  await row('change-row', '[data-path="/written"][data-kind=added]').waitFor()
  await row('change-row', '[data-path="/etc/group"][data-kind=deleted]').waitFor()
  await screen.photograph('container-changes')
  await screen.get('changes-filter').fill('written')
  await row('change-row', '[data-path="/etc/group"]').waitFor({ state: 'detached' })
})

test('the timeline tells why it restarted, as it happens', async () => {
  await screen.get('tab-timeline').click()
  await screen.sees('timeline-view', 'Created from busybox')
  // Detached: it ends with the container, before it can tell how it went.
  await daemon.ok('exec', '-d', 'web', 'sh', '-c', 'kill $(pidof sleep)')
  await screen.sees('timeline-why', 'It ended with exit code 3. Its restart policy (on-failure, at most 3 times) started it again; so far 1 time.')
  await screen.sees('timeline-view', 'Runs in it: sh -c')
  await screen.photograph('container-timeline')
  await daemon.ok('restart', '-t', '0', 'web')
  await screen.sees('timeline-why', 'It was restarted because somebody asked for it.')
  await daemon.ok('stop', '-t', '0', 'web')
  await screen.sees('timeline-why', 'It was stopped because somebody asked for it')
  await daemon.ok('start', 'web')
})

test('how an image was made, step by step', async () => {
  await daemon.ok('commit', '-m', 'with a file', 'web', 'acme/committed:1')
  await screen.go('images')
  await screen.image('acme/committed:1').click()
  await screen.get('tab-layers').click()
  await screen.page.locator('[data-testid=layer-step]').nth(1).waitFor()
  await screen.sees('layers-view', /\d steps?, \d layers? with/)
  await screen.photograph('image-layers')
})

test('the files of a layer: what it added, changed and removed, folder by folder', async () => {
  const dockerfile =
    'FROM busybox\nRUN mkdir -p /srv/sub && echo 1 > /srv/kept && echo 22 > /srv/gone\nENV A=b\nRUN echo other > /srv/kept && rm /srv/gone && echo new > /srv/sub/new\n'
  expect((await daemon.docker(['build', '-t', 'acme/stepped:1', '-'], { input: await tar([['Dockerfile', dockerfile]]) })).code).toBe(0)
  await screen.go('images')
  await screen.image('acme/stepped:1').click()
  await screen.get('tab-layers').click()
  const step = (at: number) => screen.page.locator('[data-testid=layer-step]').nth(at)
  const file = (at: number, name: string, change: string) => step(at).locator(`[data-testid=layer-file][data-name="${name}"][data-change=${change}]`)
  await step(0).getByTestId('layer-files').click()
  await file(0, 'srv', 'changed').getByRole('button').click()
  await file(0, 'kept', 'changed').getByText('6 B').waitFor()
  await file(0, 'gone', 'removed').waitFor()
  await file(0, 'sub', 'changed').getByRole('button').click()
  await file(0, 'new', 'added').waitFor()
  await screen.photograph('image-layer-files')
  await step(1).getByTestId('layer-files').click()
  await step(1).getByText('This step added no layer').waitFor()
  await step(2).getByTestId('layer-files').click()
  await file(2, 'srv', 'added').waitFor()
})

test('a container joins a network under a name of its own, and leaves it', async () => {
  await screen.go('networks')
  await row('network-row', '[data-name=backend]').click()
  await screen.get('network-choose').selectOption({ label: 'web' })
  await screen.get('network-alias').fill('db')
  await screen.get('network-connect').click()
  await row('network-member', '[data-name=web]').waitFor()
  await screen.sees('network-detail', /10\.218\.\d+\.\d+/)
  expect(await daemon.ok('inspect', '-f', '{{json .NetworkSettings.Networks.backend.DNSNames}}', 'web')).toContain('"db"')
  await screen.photograph('network')
  await row('network-row', '[data-name=backend]').getByText('web').waitFor()

  await screen.get('network-remove').click()
  await screen.get('network-remove-confirm').click()
  await screen.sees('error-note', 'The container web is in it')
  await screen.photograph('network-refused')

  await screen.get('network-disconnect').click()
  await row('network-member', '[data-name=web]').waitFor({ state: 'detached' })
  await screen.get('network-remove').click()
  await screen.get('network-remove-confirm').click()
  await row('network-row', '[data-name=backend]').waitFor({ state: 'detached' })
})

test('a container that does not run has no processes and no usage, and says so', async () => {
  await daemon.ok('create', '--name', 'idle', 'busybox')
  await screen.open('idle', 'processes')
  await screen.sees('processes-view', 'does not run')
  await screen.get('tab-usage').click()
  await screen.sees('usage-view', 'does not run')
  await screen.get('tab-changes').click()
  await screen.sees('changes-view', 'Its files are those of its image')
})

test('the same in the console', async () => {
  await using browser = await Browser.open()
  const console = new Screen(browser.page)
  await browser.page.goto(await daemon.webConsoleUrl())
  await console.open('web', 'setup')
  await console.sees('setup-env', /MODE\s+fast/)
  await console.get('tab-timeline').click()
  await console.sees('timeline-view', 'Stopped, as asked')
})
