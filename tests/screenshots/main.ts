import { fileURLToPath } from 'node:url'
import { Desktop } from '../e2e/harness/desktop.ts'
import { Screen } from '../e2e/harness/screen.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { freePort } from '../harness/tcp.ts'

/** `npm run screenshots`: the README's pictures, of the real window with a small shop in the real engine. */

const FOLDER = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url))

/** The log of one that sells, for two minutes of looking at it. */
const SELLING = `i=0; while sleep 1; do i=$((i+1)); echo "GET /cart/$i 200 $((i%7+2)) ms"; [ $((i%5)) = 0 ] && echo "slow query: SELECT * FROM orders" >&2; done`

async function openShop(daemon: TestDaemon): Promise<void> {
  const run = (name: string, flags: readonly string[], ...command: string[]) => daemon.ok('run', '-d', '--name', name, ...flags, 'busybox', ...command)
  await daemon.ok('network', 'create', 'backend')
  const ofProject = (service: string) => ['--label', 'com.docker.compose.project=shop', '--label', `com.docker.compose.service=${service}`]
  const page = 'echo hello >/index.html; httpd -h /; '
  await run('shop-web-1', [...ofProject('web'), '--network', 'backend', '-p', `${await freePort()}:80`], 'sh', '-c', page + SELLING)
  await run(
    'shop-db-1',
    [...ofProject('db'), '--network', 'backend', '-v', 'shop-data:/data', '--health-cmd', 'true', '--health-interval', '5s'],
    'sh',
    '-c',
    'while :; do i=0; while [ $i -lt 40000 ]; do i=$((i+1)); done; sleep 0.4; done',
  )
  await run('shop-cache-1', [...ofProject('cache'), '--network', 'backend', '-p', `127.0.0.1:${await freePort()}:6379`], 'sleep', '1000')
  await run('shop-worker-1', [...ofProject('worker'), '--restart', 'always'], 'sh', '-c', 'sleep 0.3; exit 1')
  await run('mail', [], 'sleep', '1000')
  await daemon.ok('pause', 'mail')
  await daemon.docker(['run', '--name', 'migrate', 'busybox', 'sh', '-c', 'echo "migration 0042 failed"; exit 3'])
}

await using daemon = await startDaemon()
await openShop(daemon)
await using desktop = await Desktop.open(daemon.socketPath)
const { page } = desktop
const screen = new Screen(page)
await page.setViewportSize({ width: 1280, height: 800 })
await screen
  .container('shop-db-1')
  .waitFor({ state: 'attached', timeout: 60_000 })
  .catch(() => screen.go('containers'))
// What the sparklines and edges show needs some seconds to be there.
const settled = () => page.waitForTimeout(8000)
await screen.open('shop-web-1', 'logs')
await screen.phase('log-view', 'following')
await settled()
await page.screenshot({ path: `${FOLDER}containers.png`, animations: 'disabled' })
await screen.go('overview')
await settled()
await page.screenshot({ path: `${FOLDER}engine-room.png`, animations: 'disabled' })
