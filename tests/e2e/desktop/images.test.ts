import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { Desktop } from '../harness/desktop.ts'
import { HeldRegistry } from '../harness/registry.ts'
import { Screen } from '../harness/screen.ts'

let owned: AsyncDisposableStack
let daemon: TestDaemon
let screen: Screen

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  daemon = opening.use(await startDaemon())
  screen = new Screen(opening.use(await Desktop.open(daemon.socketPath)).page)
  owned = opening.move()
})
afterAll(() => owned.disposeAsync())

test('lists images, and follows what the docker CLI does with them', async () => {
  await screen.go('images')
  await screen.image('busybox:latest').waitFor()
  await daemon.ok('tag', 'busybox:latest', 'engineroom/second:1')
  await daemon.load('engineroom/hello:latest')
  await screen.image('engineroom/hello:latest').waitFor()
  await screen.photograph('desktop-images')
  await daemon.ok('rmi', 'engineroom/hello:latest')
  await screen.image('engineroom/hello:latest').waitFor({ state: 'detached' })
})

test('a pull shows how far each layer is, and then the image', async () => {
  await using registry = await HeldRegistry.open()
  await screen.go('images')
  await screen.get('pull-input').fill(registry.image)
  await screen.get('pull-button').click()
  await screen.phase('pull-progress', 'pulling')
  await screen.sees('pull-progress', /Downloading\s+\d[\d.]* [kM]B of 3\.\d+ MB/)
  await screen.photograph('desktop-pulling')
  expect(await screen.image(registry.image).count()).toBe(0)
  registry.release()
  await screen.phase('pull-progress', 'done')
  await screen.image(registry.image).waitFor()
  expect(await daemon.ok('images', '--format', '{{.Repository}}:{{.Tag}}')).toContain(registry.image)
  await screen.get('pull-progress').getByText('Dismiss').click()
})

test('a pull can be given up, and nothing of it stays', async () => {
  await using registry = await HeldRegistry.open()
  await screen.get('pull-input').fill(registry.image)
  await screen.get('pull-button').click()
  await screen.sees('pull-progress', /B of 3\.\d+ MB/)
  await screen.get('pull-progress').getByText('Cancel').click()
  await screen.get('pull-progress').waitFor({ state: 'detached' })
  expect(await daemon.ok('images', '--format', '{{.Repository}}:{{.Tag}}')).not.toContain(registry.image)
})

test('a pull that cannot be done shows the reason of the engine', async () => {
  await screen.go('images')
  await screen.get('pull-input').fill('127.0.0.1:1/no/such:image')
  await screen.get('pull-button').click()
  await screen.page.locator('[data-testid=pull-progress][data-phase=failed]').waitFor()
  await screen.sees('pull-progress', '127.0.0.1:1')
  await screen.photograph('desktop-pull-failed')
})
