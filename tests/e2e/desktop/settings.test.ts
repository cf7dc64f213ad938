import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { underAdministrator } from '../../harness/managed.ts'
import { run } from '../../harness/run.ts'
import { freePort } from '../../harness/tcp.ts'
import { until } from '../../harness/until.ts'
import { barriersIn } from '../harness/accessibility.ts'
import { Desktop } from '../harness/desktop.ts'
import { Screen } from '../harness/screen.ts'

let owned: AsyncDisposableStack
let daemon: TestDaemon
let screen: Screen
let desktop: Desktop
let folder: string
let configFile: string

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  folder = await mkdtemp(join(tmpdir(), 'er-settings-'))
  opening.defer(() => rm(folder, { recursive: true }))
  configFile = join(folder, 'daemon.json')
  await writeFile(configFile, '{"shutdown-timeout": 10}')
  daemon = opening.use(await startDaemon({ flags: ['--config-file', configFile] }))
  await daemon.ok('run', '-d', '--name', 'web', '--stop-timeout', '1', 'busybox', 'sleep', '1000')
  desktop = opening.use(await Desktop.open(daemon.socketPath))
  screen = new Screen(desktop.page)
  owned = opening.move()
})
afterAll(() => owned.disposeAsync())

test('what is wrong is said as one types, what restarts before one applies', async () => {
  await screen.go('settings')
  await screen.setting('registry-mirrors').locator('textarea').fill('ftp://mirror.example')
  await screen.sees('settings-plan', 'should be http://HOST')
  expect(await screen.get('settings-apply').isDisabled()).toBe(true)
  await screen.setting('registry-mirrors').locator('textarea').fill('https://mirror.example')
  await screen.setting('dns').locator('textarea').fill('10.9.9.9')
  await screen.sees('settings-plan', 'At once, nothing restarts: Registry mirrors.')
  await screen.sees('settings-plan', 'When the engine restarts, which containers outlive: DNS servers.')
  await screen.photograph('settings')
  await screen.get('settings-apply').click()
  await screen.setting('dns').getByText('Counts from the next start').waitFor()
  expect(JSON.parse(await readFile(configFile, 'utf8'))).toEqual({ 'shutdown-timeout': 10, 'registry-mirrors': ['https://mirror.example'], dns: ['10.9.9.9'] })
  expect(await daemon.ok('info', '-f', '{{.RegistryConfig.Mirrors}}')).toBe('[https://mirror.example]')
  await screen.get('engine-restart').click()
  await until('the new DNS server', async () => (await screen.get('engine-restart').count()) === 0)
  expect(await daemon.ok('exec', 'web', 'echo', 'still there')).toBe('still there')
})

test('the file itself is checked as one types, says what restarts, and keeps what it was', async () => {
  const before = await readFile(configFile, 'utf8')
  await screen.go('settings')
  await screen.get('configuration-file-open').click()
  const text = screen.get('configuration-file-text')
  await text.fill('{\n  "dns": ["10.9.9.9"],\n  "lables": ["a=b"],\n  "mtu": "large"\n}')
  await screen.sees('configuration-file-faults', /Line 3 lables .*any configuration option: lables/)
  await screen.sees('configuration-file-faults', /Line 4 mtu .*cannot unmarshal string/)
  expect(await screen.get('configuration-file-save').isDisabled()).toBe(true)
  await text.scrollIntoViewIfNeeded()
  await screen.photograph('settings-file-faults')
  await text.fill('{\n  "labels": ["a=b"],\n  "mtu": 1400\n}')
  await screen.sees('configuration-file-plan', /At once, nothing restarts: .*labels/)
  await screen.sees('configuration-file-plan', /When the engine restarts, which containers outlive: .*mtu/)
  await screen.photograph('settings-file')
  expect(await barriersIn(screen.page)).toEqual([])
  await screen.get('configuration-file-save').click()
  await screen.get('engine-restart').waitFor()
  expect(await readFile(`${configFile}.before`, 'utf8')).toBe(before)
  expect(await daemon.ok('info', '-f', '{{.Labels}}')).toBe('[a=b]')
  // Another has changed it meanwhile: what was read here is old.
  await writeFile(configFile, before)
  await text.fill('{"labels": []}')
  await screen.get('configuration-file-save').click()
  await screen.sees('configuration-file', 'somebody else has changed the file since')
  expect(await readFile(configFile, 'utf8')).toBe(before)
  await screen.get('configuration-file-close').click()
  await daemon.api('POST', '/engineroom/v1/restart')
  await until('the engine as it was', async () => (await daemon.ok('info', '-f', '{{.Labels}}').catch(() => '')) === '[]')
  await screen.get('engine-restart').waitFor({ state: 'detached' })
})

test('other computers are let in by TLS with a certificate, and shut out again', async () => {
  const bundle = join(folder, 'client')
  const port = String(await freePort())
  const there = (...files: string[]) =>
    run('docker', ['-H', `tcp://localhost:${port}`, '--tlsverify', '--tlscacert', join(bundle, 'ca.pem'), ...files, 'ps', '--format', '{{.Names}}'])
  const withBundle = ['--tlscert', join(bundle, 'cert.pem'), '--tlskey', join(bundle, 'key.pem')]
  await screen.go('settings')
  await screen.sees('tls-access', 'is root on the engine’s machine')
  await screen.get('tls-access-hosts').fill('not a/host')
  await screen.get('tls-access-port').fill(port)
  await screen.get('tls-access-on').click()
  await screen.sees('tls-access', 'it is neither a host name nor an address')
  await screen.get('tls-access-hosts').fill('build.example, 10.1.2.3')
  await screen.get('tls-access-on').click()
  await screen.sees('tls-access-address', `port ${port}; its certificate is for build.example, 10.1.2.3`)
  await screen.sees('tls-access-docker', `-H tcp://build.example:${port} ps`)
  await screen.get('tls-access').scrollIntoViewIfNeeded()
  await screen.photograph('settings-tls')
  expect(await barriersIn(screen.page)).toEqual([])
  await desktop.app.evaluate(({ session }, to) => session.defaultSession.on('will-download', (_event, item) => item.setSavePath(to)), `${bundle}.tar`)
  await screen.get('tls-access-save').click()
  await mkdir(bundle)
  await until('the bundle', async () => (await run('tar', ['-xf', `${bundle}.tar`, '-C', bundle])).code === 0)
  expect(await there(...withBundle)).toMatchObject({ code: 0, stdout: expect.stringContaining('web') })
  expect((await there()).code).not.toBe(0)
  // It is as it was left when the engine starts again.
  await daemon.api('POST', '/engineroom/v1/restart')
  await until('the engine to be back', async () => (await there(...withBundle)).code === 0)
  await screen.get('tls-access-off').click()
  await screen.get('tls-access-on').waitFor()
  expect((await there(...withBundle)).stderr).toContain('Cannot connect to the Docker daemon')
})

test('what an administrator has locked is shown with the reason, and cannot be typed into', async () => {
  await daemon.removeAllContainers()
  await daemon.stop()
  const engine = { locked: { 'registry-mirrors': ['https://theirs.example'] }, defaults: { 'max-concurrent-downloads': 2 } }
  await daemon.start([], undefined, await underAdministrator(daemon.root, { engine }))
  await screen.go('settings')
  await screen.setting('registry-mirrors').getByText('Set by your administrator, in /etc/engineroom/managed.json').waitFor()
  expect(await screen.setting('registry-mirrors').locator('textarea').isDisabled()).toBe(true)
  expect(await screen.setting('registry-mirrors').locator('textarea').inputValue()).toBe('https://theirs.example')
  await screen.setting('max-concurrent-downloads').getByText('Your administrator’s, unless you choose: 2').waitFor()
  expect(await screen.setting('max-concurrent-downloads').locator('input').isDisabled()).toBe(false)
  await screen.setting('registry-mirrors').scrollIntoViewIfNeeded()
  await screen.photograph('settings-managed')
})
