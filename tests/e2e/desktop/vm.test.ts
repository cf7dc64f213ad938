import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeSettings } from '../../../electron/hosts/vm/settings.ts'
import { vmFolder } from '../../../electron/hosts/vm/vm-folder.ts'
import { makeCertificates } from '../../harness/certificates.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { FakeVms } from '../../harness/fake-vm.ts'
import { underAdministrator } from '../../harness/managed.ts'
import { freePort } from '../../harness/tcp.ts'
import { until } from '../../harness/until.ts'
import { Desktop } from '../harness/desktop.ts'
import { Screen } from '../harness/screen.ts'

/** The window with its engine in a VM of the fake driver. One window, so the tests go on from one another. */
let owned: AsyncDisposableStack
let daemon: TestDaemon
let vms: FakeVms
let port: number
let gate: string
let desktop: Desktop
let screen: Screen

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  daemon = opening.use(await startDaemon())
  port = await freePort()
  gate = join(daemon.root, 'gate')
  vms = opening.use(await FakeVms.in(join(daemon.root, 'h'), port, waitsForGate()))
  const folder = vmFolder('default', { home: vms.home, platform: 'linux' })
  await writeSettings(folder, { driver: 'fake', assets: join(vms.home, 'assets'), cpus: 1, memoryBytes: 512 * 1024 ** 2, diskBytes: 1024 ** 3 })
  const certificates = await makeCertificates(folder.certificates, '--host', 'localhost')
  await daemon.stop()
  await daemon.start(['-H', `tcp://127.0.0.1:${port}`, '--tlsverify', ...certificates.daemonFlags, '--ports-of-vm-host'])
  await daemon.ok('run', '-d', '--name', 'inside', 'busybox', 'sleep', '1000')
  desktop = await Desktop.open(daemon.socketPath, undefined, { vm: 'default', engineHost: 'vm', home: vms.home })
  opening.defer(() => desktop[Symbol.asyncDispose]())
  screen = new Screen(desktop.page)
  owned = opening.move()
})
afterAll(() => owned?.disposeAsync())

/** The guest stays where its kernel boots until a file is there. */
function waitsForGate(): string {
  return `const { existsSync } = await import('node:fs')\nwhile (!existsSync(${JSON.stringify(gate)})) await new Promise((resolve) => setTimeout(resolve, 20))`
}

const openGate = () => writeFile(gate, '')
const closeGate = () => rm(gate)
const task = (kind: string, phase: string) => desktop.page.locator(`[data-testid=image-task][data-kind=${kind}][data-phase=${phase}]`)
const stage = (name: string, state: string) => desktop.page.locator(`[data-testid=boot-stage][data-name=${name}][data-state=${state}]`)

test('a boot is shown step by step, and then what runs in the machine', async () => {
  await stage('kernel', 'running').waitFor()
  await screen.sees('engine-down', 'The virtual machine is starting')
  expect(await stage('vm', 'done').count()).toBe(1)
  expect(await stage('engine', 'waiting').count()).toBe(1)
  await desktop.page.reload()
  await screen.get('tasks-open').click()
  await task('vm-start', 'working').getByText('Boot Linux').waitFor()
  await screen.photograph('desktop-vm-booting')
  await openGate()
  await screen.container('inside', 'running').waitFor()
  await task('vm-start', 'done').waitFor()
  await desktop.page.reload()
  await screen.get('tasks-open').click()
  await task('vm-start', 'done').getByTestId('task-dismiss').click()
  await task('vm-start', 'done').waitFor({ state: 'detached' })
  await screen.sees('host-place', 'in a virtual machine')
  await screen.photograph('desktop-vm-running')
})

test('a machine that goes off by itself: why, that it is started again, and how far that is', async () => {
  await closeGate()
  const { pid = 0 } = await vms.status()
  process.kill(pid, 'SIGKILL')
  await stage('kernel', 'running').waitFor()
  await screen.sees('engine-down', /The machine went off by itself\..*SIGKILL/)
  await screen.sees('engine-down', 'The virtual machine is being started again')
  await screen.sees('engine-down', 'It is started again.')
  expect(await screen.container('inside').count()).toBe(1)
  await screen.photograph('desktop-vm-crashed')
  await openGate()
  await screen.get('engine-down').waitFor({ state: 'detached' })
})

test('the window shows the engine of this computer when that is chosen, and remembers it', async () => {
  await screen.get('host-open').click()
  await screen.sees('host-hint', 'engineroom vm build')
  await screen.photograph('desktop-host-dialog')
  await screen.get('host-native').check()
  await screen.get('host-switch').click()
  await screen.sees('host-place', 'on this computer')
  await screen.container('inside', 'running').waitFor()
  const state = await desktop.app.evaluate(({ app }) => app.getPath('userData'))
  expect(JSON.parse(await readFile(join(state, 'settings.json'), 'utf8'))).toMatchObject({ engineHost: 'native' })
  expect((await vms.status()).state).toBe('running')
})

test('a second start of the app that wants the virtual machine has it shown', async () => {
  expect((await desktop.startAgain()).code).toBe(0)
  await screen.sees('host-place', 'in a virtual machine')
  await screen.container('inside', 'running').waitFor()
})

test('what it takes of this computer is shown; it can be restarted, and is erased only by name', async () => {
  await screen.get('host-open').click()
  await screen.sees('vm-memory', /MB of 537 MB/)
  await screen.sees('vm-disk', /of 1\.07 GB/)
  await screen.get('vm-erase').click()
  await screen.get('vm-name').fill('other')
  expect(await screen.get('vm-erase-now').isDisabled()).toBe(true)
  await screen.get('vm-name').fill('default')
  expect(await screen.get('vm-erase-now').isDisabled()).toBe(false)
  await screen.photograph('desktop-vm-panel')
  const [before, { pid }] = [await vms.shutDowns('default'), await vms.status()]
  await screen.get('vm-restart').click()
  await screen.get('host-dialog').waitFor({ state: 'detached' })
  const isBack = async () => {
    const { state, pid: now } = await vms.status()
    return state === 'running' && now !== pid
  }
  await until('the machine to be back', isBack, 60_000)
  expect(await vms.shutDowns('default')).toBe(before + 1)
  await task('vm-restart', 'done').waitFor()
  await screen.get('engine-down').waitFor({ state: 'detached' })
  await screen.container('inside', 'running').waitFor()
})

test('its settings are changed here: what restarts is said before, what cannot be is refused before anything stops', async () => {
  await screen.go('settings')
  await screen.get('machine-memory').fill(String(1024 ** 2 * 1024))
  await screen.sees('machine-plan', 'The virtual machine is restarted')
  const { pid } = await vms.status()
  await screen.get('machine-apply').click()
  await screen.sees('error-note', /and this computer has/)
  expect((await vms.status()).pid).toBe(pid)
  await screen.get('machine-memory').fill('640')
  await screen.get('machine-apply').scrollIntoViewIfNeeded()
  await screen.photograph('desktop-vm-settings')
  await screen.get('machine-apply').click()
  await task('vm-change', 'done').waitFor({ timeout: 60_000 })
  expect(await vms.status()).toMatchObject({ state: 'running', memory: { sizeBytes: 640 * 1024 ** 2 } })
  await screen.get('engine-down').waitFor({ state: 'detached' })
})

test('its disk gives space back, and grows; how much came back is told, also to a page that is loaded anew', async () => {
  await writeFile(vms.file('default', 'data.qcow2'), Buffer.alloc(8 * 1024 ** 2))
  await screen.go('data')
  await screen.sees('machine-disk-usage', /of 1\.07 GB/)
  await screen.photograph('desktop-vm-disk')
  await screen.get('machine-compact').click()
  const compacted = task('vm-compact', 'done')
  await compacted.waitFor({ timeout: 60_000 })
  await desktop.page.reload()
  await screen.get('tasks-open').click()
  await compacted.getByText('8.39 MB came back to this computer').waitFor()
  await screen.get('machine-grow-size').fill('2')
  await screen.get('machine-grow').click()
  await task('vm-change', 'done').waitFor({ timeout: 60_000 })
  expect(await vms.status()).toMatchObject({ state: 'running', disk: { sizeBytes: 2 * 1024 ** 3 } })
  await screen.go('containers')
  await screen.container('inside', 'running').waitFor()
})

test('the machine can be stopped here; it ends in order', async () => {
  const before = await vms.shutDowns('default')
  await screen.get('host-open').click()
  await screen.get('vm-stop').click()
  await screen.sees('engine-down', 'The virtual machine is off')
  await screen.get('host-dialog').waitFor({ state: 'detached' })
  expect(await vms.shutDowns('default')).toBe(before + 1)
})

test('a boot can be called off from Tasks: the machine is off then, and nothing has failed', async () => {
  await closeGate()
  await screen.get('engine-start').click()
  await stage('kernel', 'running').waitFor()
  await task('vm-start', 'working').getByTestId('task-dismiss').click()
  await screen.sees('engine-down', 'The virtual machine is off')
  await task('vm-start', 'working').waitFor({ state: 'detached' })
  expect(await task('vm-start', 'failed').count()).toBe(0)
  await openGate()
})

test('a boot that fails says where, why and what to do; another try may succeed', async () => {
  await vms.boots(port, "say('stage disk failed there is something on the disk'); process.exit(1)")
  await screen.get('engine-start').click()
  await stage('kernel', 'failed').waitFor()
  await screen.sees('engine-down', 'The virtual machine did not start')
  await screen.sees('engine-down', 'In the guest: there is something on the disk')
  await screen.sees('engine-down', 'engineroom vm reset')
  await screen.photograph('desktop-vm-failed')
  await vms.boots(port)
  await screen.get('engine-start').click()
  await screen.get('engine-down').waitFor({ state: 'detached' })
  await screen.container('inside', 'running').waitFor()
})

test('what runs in the machine goes on when the window is closed', async () => {
  await desktop.app.close()
  expect((await vms.status()).state).toBe('running')
  const answer = await until(
    'the engine to answer',
    async () => (await daemon.docker(['ps', '--format', '{{.Names}}'], { env: { DOCKER_HOST: `unix://${vms.socketPath}` } })).stdout,
  )
  expect(answer).toBe('inside\n')
})

test('where an administrator says where the engine runs, the window shows that one, and says whose word it is', async () => {
  const under = await underAdministrator(daemon.root, { window: { locked: { engineHost: 'native' } } })
  await using managed = await Desktop.open(daemon.socketPath, undefined, { vm: 'default', home: vms.home, under })
  const page = new Screen(managed.page)
  await page.container('inside', 'running').waitFor()
  await page.go('settings')
  await page.sees('settings-host-lock', 'Set by your administrator, in /etc/engineroom/managed.json')
  expect(await page.get('settings-host').count()).toBe(0)
})
