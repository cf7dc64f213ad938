import { afterAll, beforeAll, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { Desktop } from '../harness/desktop.ts'
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

test('a pull that cannot be done shows the reason of the engine', async () => {
  await screen.go('images')
  await screen.get('pull-input').fill('127.0.0.1:1/no/such:image')
  await screen.get('pull-button').click()
  await screen.page.locator('[data-testid=pull-progress][data-phase=failed]').waitFor()
  await screen.sees('pull-progress', '127.0.0.1:1')
  await screen.photograph('desktop-pull-failed')
})
