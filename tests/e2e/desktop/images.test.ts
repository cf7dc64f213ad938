import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'
import { type RunningRegistry, startRegistry } from '../../registry/servers.ts'
import { barriersIn } from '../harness/accessibility.ts'
import { Desktop } from '../harness/desktop.ts'
import { HeldRegistry } from '../harness/registry.ts'
import { Screen } from '../harness/screen.ts'

let owned: AsyncDisposableStack
let daemon: TestDaemon
let screen: Screen
let registry: RunningRegistry
/** Of the computer. */
let folder: string

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  folder = await mkdtemp(join(tmpdir(), 'er-images-'))
  opening.defer(() => rm(folder, { recursive: true }))
  registry = opening.use(await startRegistry('ours', []))
  daemon = opening.use(await startDaemon({ flags: ['--hub', await hubAddress(opening)] }))
  const desktop = opening.use(await Desktop.open(daemon.socketPath))
  await desktop.app.evaluate(
    ({ session }, to) => session.defaultSession.on('will-download', (_event, item) => item.setSavePath(`${to}/${item.getFilename()}`)),
    folder,
  )
  screen = new Screen(desktop.page)
  owned = opening.move()
})
afterAll(() => owned.disposeAsync())

/** Something that answers searches as Docker Hub does. */
async function hubAddress(owned: AsyncDisposableStack): Promise<string> {
  const results = [{ name: 'postgres', description: 'A database', star_count: 14_000, is_official: true }]
  const hub = createServer((request, response) => {
    if (request.url?.includes('q=fails')) response.writeHead(500).end()
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ results }))
  })
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve))
  owned.defer(async () => {
    hub.closeAllConnections()
    await new Promise((resolve) => hub.close(resolve))
  })
  const address = hub.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

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
  await screen.phase('image-task', 'working')
  await screen.sees('image-task', /Downloading\s+\d[\d.]* [kM]B of 3\.\d+ MB/)
  await screen.photograph('desktop-pulling')
  expect(await screen.image(registry.image).count()).toBe(0)
  registry.release()
  await screen.phase('image-task', 'done')
  await screen.image(registry.image).waitFor()
  expect(await daemon.ok('images', '--format', '{{.Repository}}:{{.Tag}}')).toContain(registry.image)
  await screen.get('image-task').getByText('Dismiss').click()
})

test('a pull can be given up, and nothing of it stays', async () => {
  await using registry = await HeldRegistry.open()
  await screen.get('pull-input').fill(registry.image)
  await screen.get('pull-button').click()
  await screen.sees('image-task', /B of 3\.\d+ MB/)
  await screen.get('image-task').getByText('Cancel').click()
  await screen.get('image-task').waitFor({ state: 'detached' })
  expect(await daemon.ok('images', '--format', '{{.Repository}}:{{.Tag}}')).not.toContain(registry.image)
})

test('a pull goes on while the window is loaded anew, and can be given up from there', async () => {
  const begun = async (image: string) => {
    await screen.get('pull-input').fill(image)
    await screen.get('pull-button').click()
    await screen.sees('image-task', /B of 3\.\d+ MB/)
  }
  await using whole = await HeldRegistry.open()
  await begun(whole.image)
  await screen.page.reload()
  await screen.phase('image-task', 'working')
  await screen.sees('image-task', /Downloading\s+\d[\d.]* [kM]B of 3\.\d+ MB/)
  await screen.go('volumes')
  await screen.sees('tasks-active', '1 going on')
  await screen.photograph('desktop-tasks')
  whole.release()
  await screen.phase('image-task', 'done')
  await screen.page.reload()
  await screen.go('images')
  await screen.image(whole.image).waitFor()
  await screen.get('tasks-open').click()
  await screen.phase('image-task', 'done')
  await screen.get('tasks-dismiss').click()
  await screen.get('image-task').waitFor({ state: 'detached' })

  await using half = await HeldRegistry.open()
  await begun(half.image)
  await screen.page.reload()
  await screen.get('image-task').getByText('Cancel').click()
  await screen.get('image-task').waitFor({ state: 'detached' })
  half.release()
  expect(await daemon.ok('images', '--format', '{{.Repository}}:{{.Tag}}')).not.toContain(half.image)
  await screen.go('images')
})

test('a pull that cannot be done shows the reason of the engine', async () => {
  await screen.go('images')
  await screen.get('pull-input').fill('127.0.0.1:1/no/such:image')
  await screen.get('pull-button').click()
  await screen.page.locator('[data-testid=image-task][data-phase=failed]').waitFor()
  await screen.sees('image-task', '127.0.0.1:1')
  // What was wrong is there for a window that was not.
  await screen.page.reload()
  await screen.get('tasks-open').click()
  await screen.sees('image-task', '127.0.0.1:1')
  await screen.photograph('desktop-pull-failed')
})

const task = (kind: string, phase: string) => screen.page.locator(`[data-testid=image-task][data-kind=${kind}][data-phase=${phase}]`)

test('a container is run as the form says, and its line says the same to the docker command', async () => {
  await screen.image('busybox:latest').click()
  await screen.get('run-name').fill('asked-for')
  await screen.get('run-command').fill('sleep 1000')
  await screen.get('run-ports').fill('eighty')
  await screen.sees('run-fault', '“eighty” is not a port mapping')
  expect(await screen.get('run-button').isDisabled()).toBe(true)
  await screen.get('run-ports').fill('80')
  await screen.get('run-volumes').fill('kept:/kept\n/scratch')
  await screen.get('run-restart').selectOption('unless-stopped')
  await screen.get('run-memory').fill('64m')
  await screen.sees(
    'run-line',
    'docker run -d -i -t --name asked-for -p 80 -v kept:/kept -v /scratch --restart unless-stopped -m 64m busybox:latest sleep 1000',
  )
  await screen.photograph('image-run')
  const line = (await screen.text('run-line')).trim()
  await screen.get('run-button').click()
  await screen.container('asked-for', 'running').waitFor()
  const facts =
    '{{json .Config.Cmd}} {{.Config.Tty}} {{json .HostConfig.Binds}} {{json .Config.Volumes}} {{json .HostConfig.RestartPolicy}} {{.HostConfig.Memory}} {{json .HostConfig.PortBindings}}'
  const made = await daemon.ok('inspect', '-f', facts, 'asked-for')
  await daemon.ok('rm', '-fv', 'asked-for')
  await daemon.ok(...line.split(' ').slice(1))
  expect(await daemon.ok('inspect', '-f', facts, 'asked-for')).toBe(made)
  await daemon.ok('rm', '-fv', 'asked-for')
  await daemon.ok('volume', 'rm', 'kept')
  await screen.go('images')
})

test('an image is pushed, saved, and loaded again', async () => {
  const name = `${registry.address}/team/app:1`
  await screen.go('images')
  await screen.image('busybox:latest').click()
  await daemon.ok('tag', 'busybox:latest', name)
  await screen.page.getByRole('button', { name: `Push ${name}` }).click()
  await task('push', 'done').waitFor()
  await screen.photograph('image-pushed')
  await daemon.ok('rmi', name)
  await daemon.ok('pull', '-q', name)
  await daemon.ok('rmi', name)
  await screen.page.getByRole('button', { name: `Push ${name}` }).waitFor({ state: 'detached' })

  await screen.get('image-save').click()
  const file = join(folder, 'busybox-latest.tar')
  await until('the archive to be whole', async () => (await readFile(file).catch(() => Buffer.alloc(0))).subarray(-1024).equals(Buffer.alloc(1024)))
  await daemon.ok('rmi', '-f', 'busybox:latest')
  await screen.image('busybox:latest').waitFor({ state: 'detached' })
  await screen.get('image-file').setInputFiles(file)
  await task('load', 'done').waitFor()
  await screen.image('busybox:latest').waitFor()
})

test('a folder is built with its output as it comes, and a failure says why', async () => {
  const context = join(folder, 'Shop App')
  await mkdir(join(context, 'bin'), { recursive: true })
  await writeFile(join(context, 'bin/start'), '#!/bin/sh\necho built with $1\n')
  await writeFile(join(context, 'Dockerfile'), 'FROM busybox\nARG GREETING=none\nCOPY bin /opt\nRUN echo said $GREETING\nCMD ["/opt/start", "it"]\n')
  await screen.get('build-open').click()
  await screen.get('build-folder').setInputFiles(context)
  expect(await screen.get('build-name').inputValue()).toBe('shop-app')
  await screen.get('build-args').fill('GREETING=hello')
  await screen.photograph('build-form')
  await screen.get('form-submit').click()
  await task('build', 'done').waitFor()
  await task('build', 'done').getByTestId('task-output').getByText('said hello').waitFor()
  await screen.photograph('image-built')
  expect(await daemon.ok('run', '--rm', 'shop-app')).toBe('built with it')
  // The steps before the last are no images to a person, as in `docker images`.
  const listed = new Set((await daemon.ok('images', '-q', '--no-trunc')).split('\n'))
  await until('the list to be that of docker', async () => (await screen.page.locator('[data-testid=image-row]').count()) === listed.size)

  await writeFile(join(context, 'Dockerfile'), 'FROM busybox\nRUN exit 7\n')
  await screen.get('build-open').click()
  await screen.get('build-folder').setInputFiles(context)
  await screen.get('form-submit').click()
  await task('build', 'failed').getByTestId('error-note').getByText('returned a non-zero code: 7').waitFor()
})

test('Docker Hub is searched, and says when it cannot be', async () => {
  await screen.get('hub-open').click()
  await screen.get('hub-term').fill('postgres')
  await screen.get('hub-submit').click()
  await screen.page.locator('[data-testid=hub-result][data-name=postgres]').getByText('official').waitFor()
  await screen.photograph('hub-search')
  expect(await barriersIn(screen.page)).toEqual([])
  await screen.get('hub-term').fill('fails')
  await screen.get('hub-submit').click()
  await screen.get('hub-search').getByTestId('error-note').waitFor()
})
