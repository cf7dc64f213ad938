import { afterAll, beforeAll, expect, test } from 'vitest'
import { Desktop } from '../e2e/harness/desktop.ts'
import { Screen } from '../e2e/harness/screen.ts'
import { PATIENCE_MS, RealVm } from '../harness/real-vm.ts'

/** The window with its engine in a real VM. One boot of each kind, so the tests go on from one another. */
let vm: RealVm
let desktop: Desktop
let screen: Screen

beforeAll(async () => {
  vm = await RealVm.create()
  await vm.build()
  // Kept for later starts: image, memory, disk.
  await vm.start('--share', 'none')
  await vm.loadBusybox()
  await vm.vm(['stop'], { timeoutMs: PATIENCE_MS })
  desktop = await Desktop.open('/nowhere/engine.sock', undefined, { vm: 'default', engineHost: 'vm', home: vm.home })
  screen = new Screen(desktop.page)
})
afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]()
  await vm?.[Symbol.asyncDispose]()
})

test('opening the window boots the machine, and shows how far it is', async () => {
  await desktop.page.locator('[data-testid=boot-stage][data-name=kernel][data-state=running]').waitFor({ timeout: PATIENCE_MS })
  await screen.photograph('desktop-real-vm-booting')
  await screen.get('engine-down').waitFor({ state: 'detached', timeout: PATIENCE_MS })
  expect((await vm.status()).state).toBe('running')
})

test('what is done in the machine is seen', async () => {
  await vm.ok('run', '-d', '--name', 'inside', 'busybox', 'sleep', '1000')
  await screen.container('inside', 'running').waitFor({ timeout: PATIENCE_MS })
  await screen.photograph('desktop-real-vm-running')
})

test('QEMU that is killed is seen, with how it went, and comes back', async () => {
  const { pid = 0 } = await vm.status()
  process.kill(pid, 'SIGKILL')
  await screen.sees('engine-down', /The machine went off by itself\. qemu-system-x86_64 ended \(SIGKILL\)/, PATIENCE_MS)
  await screen.photograph('desktop-real-vm-crashed')
  await screen.get('engine-down').waitFor({ state: 'detached', timeout: PATIENCE_MS })
  await screen.page.locator('[data-testid=container-row][data-name=inside]:not([data-state=running])').waitFor({ timeout: PATIENCE_MS })
})

test('stopped in the window, it ends in order', async () => {
  await screen.get('host-open').click()
  await screen.get('vm-stop').click()
  await screen.sees('engine-down', 'The virtual machine is off', PATIENCE_MS)
  expect((await vm.vm(['logs'])).stdout).toMatch(/engineroom: power off[\s\S]*reboot: Power down/)
})
