import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { dockerArchive, tar } from '../../api/images/archives.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { SmallDisk } from '../../harness/small-disk.ts'
import { Desktop } from '../harness/desktop.ts'
import { HeldRegistry } from '../harness/registry.ts'
import { Screen } from '../harness/screen.ts'

let owned: AsyncDisposableStack
let disk: SmallDisk
let daemon: TestDaemon
let screen: Screen
/** Of the computer, which has room. */
let folder: string
/** What there was before the disk was full. */
let before: string

const NO_ROOM = /no space left on device|database or disk is full/

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  folder = await mkdtemp(join(tmpdir(), 'er-full-'))
  opening.defer(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'image.tar'), await dockerArchive({ layers: [await tar([['large', Buffer.alloc(300_000, 1)]])] }, ['loaded:1']))
  await writeFile(join(folder, 'context.tar'), await tar([['Dockerfile', 'FROM busybox\nCOPY Dockerfile /\n']]))
  await writeFile(join(folder, 'data.tar'), await tar([['large', Buffer.alloc(300_000, 1)]]))
  disk = opening.use(await SmallDisk.mount('size=40m'))
  daemon = opening.use(await startDaemon({ withBusybox: false }))
  await daemon.stop()
  await daemon.start(['-g', join(disk.path, 'data')])
  await daemon.load('busybox:latest')
  await daemon.ok('create', '--name', 'idle', 'busybox', 'sleep', '1000')
  before = await everything()
  const desktop = opening.use(await Desktop.open(daemon.socketPath))
  screen = new Screen(desktop.page)
  await screen.container('idle').waitFor()
  await disk.fill()
  owned = opening.move()
})
afterAll(() => owned.disposeAsync())

/** What is listed of images, containers and volumes. */
async function everything(): Promise<string> {
  const lists = [
    ['images', '-q'],
    ['ps', '-a', '--format', '{{.Names}} {{.State}}'],
    ['volume', 'ls', '-q'],
  ]
  return (await Promise.all(lists.map((args) => daemon.ok(...args)))).join('\n')
}

beforeEach(async () => {
  await screen.go('images')
})

/** The engine's words, what is meant by them, and the way to room. */
async function saysFull(): Promise<void> {
  await screen.sees('error-note', NO_ROOM)
  await screen.sees('error-note', 'Remove what nobody needs, or move the data to a larger disk')
  expect(await screen.get('make-room').getAttribute('href')).toBe('#/data')
}

test('that the disk is full is said above the views, before anything fails of it', async () => {
  await screen.get('low-disk').waitFor()
  await screen.sees('low-disk', 'The disk is full.')
  await screen.photograph('desktop-full-disk')
})

test.each([
  ['a pull', 'pull'],
  ['a load', 'load'],
  ['a build', 'build'],
] as const)('%s says that there is no room, and nothing of it is listed', async (_, kind) => {
  await using registry = await HeldRegistry.open()
  registry.release()
  if (kind === 'pull') {
    await screen.get('pull-input').fill(registry.image)
    await screen.get('pull-button').click()
  } else if (kind === 'load') await screen.get('image-file').setInputFiles(join(folder, 'image.tar'))
  else {
    await screen.get('build-open').click()
    await screen.get('build-archive').setInputFiles(join(folder, 'context.tar'))
    await screen.get('build-name').fill('built:1')
    await screen.get('form-submit').click()
  }
  await screen.page.locator(`[data-testid=image-task][data-kind=${kind}][data-phase=failed]`).waitFor()
  await saysFull()
  await screen.photograph(`desktop-full-disk-${kind}`)
  await screen.get('error-note').getByLabel('Dismiss').click()
  expect(await screen.get('image-row').count()).toBe(1)
  expect(await everything()).toBe(before)
})

test('a container that cannot start for it stays as it was made, and its row says why', async () => {
  await screen.image('busybox:latest').click()
  await screen.get('run-name').fill('waiting')
  await screen.get('run-button').click()
  await screen.container('waiting', 'created').waitFor()
  await saysFull()
  await screen.photograph('desktop-full-disk-run')
  await daemon.ok('rm', 'waiting')
  await screen.container('waiting').waitFor({ state: 'detached' })
  expect(await everything()).toBe(before)
})

test('an archive that cannot become a volume for it', async () => {
  await screen.go('volumes')
  await screen.get('volume-create').click()
  await screen.get('volume-start').selectOption('archive')
  await screen.get('volume-file').setInputFiles(join(folder, 'data.tar'))
  await screen.get('volume-name').fill('imported')
  await screen.get('form-submit').click()
  await saysFull()
  expect(await everything()).toBe(before)
})

test('once there is room, the same that failed goes on, and nothing warns any more', async () => {
  await screen.get('image-file').setInputFiles(join(folder, 'image.tar'))
  await saysFull()
  await screen.get('make-room').click()
  await screen.page.locator('main[data-view=data]').waitFor()
  await disk.empty()
  await screen.go('images')
  await screen.get('image-task').getByRole('button', { name: 'Try again' }).click()
  await screen.image('loaded:1').waitFor()
  await screen.get('low-disk').waitFor({ state: 'detached' })
  await screen.go('containers')
  await screen.container('idle').click()
  await screen.get('container-start').click()
  await screen.container('idle', 'running').waitFor()
})
