import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'
import { until } from '../../harness/until.ts'
import { barriersIn } from '../harness/accessibility.ts'
import { Browser } from '../harness/browser.ts'
import { Desktop } from '../harness/desktop.ts'
import { Screen } from '../harness/screen.ts'

let owned: AsyncDisposableStack
let daemon: TestDaemon
let desktop: Desktop
let screens: Readonly<Record<'desktop' | 'console', Screen>>
/** Of the computer: what is uploaded comes from it, what is saved goes to it. */
let folder: string

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  folder = await mkdtemp(join(tmpdir(), 'er-files-'))
  opening.defer(() => rm(folder, { recursive: true }))
  daemon = opening.use(await startDaemon({ flags: ['--web-console', '127.0.0.1:0'] }))
  const script =
    'echo app:x:7:8::/:/bin/sh >> /etc/passwd && mkdir -p /data/conf && printf "port = 80\\r\\n" > /data/conf/app.ini && chown 7:8 /data/conf/app.ini && chmod 640 /data/conf/app.ini && ln -s conf/app.ini /data/current && head -c 2000000 /dev/zero > /data/large && head -c 64 /dev/urandom > /data/binary && mkdir /data/many && cd /data/many && for i in $(seq 3000); do : > f$i; done'
  await daemon.ok('run', '--name', 'stopped', '-v', 'data:/data', 'busybox', 'sh', '-c', script)
  desktop = opening.use(await Desktop.open(daemon.socketPath))
  // What a person would be asked: where to.
  await desktop.app.evaluate(
    ({ session }, to) => session.defaultSession.on('will-download', (_event, item) => item.setSavePath(`${to}/${item.getFilename()}`)),
    folder,
  )
  const browser = opening.use(await Browser.open())
  await browser.page.goto(await daemon.webConsoleUrl())
  screens = { desktop: new Screen(desktop.page), console: new Screen(browser.page) }
  owned = opening.move()
})
afterAll(() => owned.disposeAsync())

const read = (path: string) => readFile(join(daemon.dataRoot, 'volumes/data/_data', path), 'utf8')

describe.each(['desktop', 'console'] as const)('files in the %s', (where) => {
  const file = (name: string) => screens[where].page.locator(`[data-testid=file-row][data-name="${name}"]`)

  test('of a container that does not run: a text is edited, and keeps what else it has', async () => {
    const screen = screens[where]
    await screen.open('stopped', 'files')
    await file('data').getByText('mount').waitFor()
    await file('data').dblclick()
    await file('current').getByText('→ conf/app.ini').waitFor()
    await screen.photograph(`files-${where}`)
    await file('conf').getByRole('button').click()
    expect(await file('app.ini').getByTestId('file-owner').textContent()).toBe('app:8')
    expect(await file('app.ini').getByTestId('file-owner').getAttribute('title')).toBe('7:8')
    await screen.page.keyboard.press('Backspace')
    await file('current').getByRole('button').click()
    await screen.get('file-text').fill(`port = 8080\n# ${where}\n`)
    await screen.photograph(`file-editor-${where}`)
    await screen.page.keyboard.press('Control+s')
    await until('the file to be saved', async () => (await read('conf/app.ini')) === `port = 8080\r\n# ${where}\r\n`)
    expect(await daemon.ok('run', '--rm', '-v', 'data:/data', 'busybox', 'stat', '-c', '%u:%g %a', '/data/conf/app.ini')).toBe('7:8 640')
    await screen.get('file-close').click()
    await file('large').waitFor()
  })

  test('what somebody else has changed is not overwritten unasked', async () => {
    const screen = screens[where]
    await file('conf').getByRole('button').click()
    await file('app.ini').getByRole('button').click()
    await screen.get('file-text').fill('mine\n')
    await daemon.ok('run', '--rm', '-v', 'data:/data', 'busybox', 'sh', '-c', 'echo theirs longer > /data/conf/app.ini')
    await screen.get('file-save').click()
    await screen.sees('error-note', 'Somebody else has changed it')
    expect(await read('conf/app.ini')).toBe('theirs longer\n')
    await screen.get('file-overwrite').click()
    await until('it to be overwritten', async () => (await read('conf/app.ini')) === 'mine\r\n')
    await screen.get('file-close').click()
  })

  test('of a volume: what is binary or large is said to be, and downloaded', async () => {
    const screen = screens[where]
    await screen.go('volumes')
    await screen.page.locator('[data-testid=volume-row][data-name=data]').click()
    await file('binary').getByRole('button').click()
    await screen.sees('file-editor', 'It is binary')
    await screen.get('file-close').click()
    await file('large').getByRole('button').click()
    await screen.sees('file-editor', 'larger than 1 MB')
    await screen.get('file-close').click()
    await file('many').getByRole('button').click()
    await screen.sees('files-summary', '3,000 entries')
    await file('f1').waitFor()
    expect(await screen.get('file-row').count()).toBeLessThan(80)
    await screen.page.keyboard.press('Backspace')
    await file('many').click()
    await screen.photograph(`volume-files-${where}`)
  })

  test('what is chosen or dropped goes into the folder that is shown, and is removed again', async () => {
    const screen = screens[where]
    await writeFile(join(folder, 'chosen.txt'), 'chosen')
    await screen.get('files-input').setInputFiles(join(folder, 'chosen.txt'))
    await file('chosen.txt').waitFor()
    const dropped = await screen.page.evaluateHandle(
      `(() => { const data = new DataTransfer(); data.items.add(new File(['dropped'], 'dropped.txt')); return data })()`,
    )
    for (const type of ['dragenter', 'dragover', 'drop']) await screen.get('files-view').dispatchEvent(type, { dataTransfer: dropped })
    await file('dropped.txt').waitFor()
    expect([await read('chosen.txt'), await read('dropped.txt')]).toEqual(['chosen', 'dropped'])
    for (const name of ['chosen.txt', 'dropped.txt']) {
      await file(name).click()
      await screen.get('file-remove').click()
      await screen.get('file-remove-confirm').click()
      await file(name).waitFor({ state: 'detached' })
    }
  })

  test('a folder is made; what is in the list is renamed and moved, and what cannot be is said', async () => {
    const screen = screens[where]
    const name = async (text: string) => {
      await screen.get('name-field').fill(text)
      await screen.get('name-field').press('Enter')
    }
    await screen.open('stopped', 'files')
    await file('data').getByRole('button').click()
    await screen.get('files-new-folder').click()
    await name('made')
    await file('made').waitFor()
    await writeFile(join(folder, 'chosen.txt'), 'chosen')
    await screen.get('files-input').setInputFiles(join(folder, 'chosen.txt'))
    await file('chosen.txt').click()
    await screen.get('file-move').click()
    await screen.photograph(`file-rename-${where}`)
    await name('renamed.txt')
    await file('renamed.txt').click()
    await screen.get('file-move').click()
    await name('made')
    await screen.sees('error-note', 'rename /data/made: file exists')
    await screen.get('file-move').click()
    await name('made/moved.txt')
    await file('renamed.txt').waitFor({ state: 'detached' })
    expect(await read('made/moved.txt')).toBe('chosen')
    await file('made').click()
    await screen.get('file-move').click()
    await name('/elsewhere')
    await screen.sees('error-note', 'it can be copied, not moved')
    await screen.get('file-remove').click()
    await screen.get('file-remove-confirm').click()
    await file('made').waitFor({ state: 'detached' })
  })

  test('no barriers', async () => {
    expect(await barriersIn(screens[where].page)).toEqual([])
  })
})

test('a file is saved as it is, a folder as a tar', async () => {
  const screen = screens.desktop
  await screen.page.locator('[data-testid=file-row][data-name=conf]').click()
  await screen.get('file-download').click()
  await until('the folder to be saved', async () => (await readFile(join(folder, 'conf.tar'), 'latin1').catch(() => '')).includes('conf/app.ini'))
  await screen.page.locator('[data-testid=file-row][data-name=large]').click()
  await screen.get('file-download').click()
  await until('the file to be saved', async () => (await readFile(join(folder, 'large')).catch(() => '')).length === 2_000_000)
})

const volume = (screen: Screen, name: string) => screen.page.locator(`[data-testid=volume-row][data-name="${name}"]`)
const inVolume = (name: string, path: string) => readFile(join(daemon.dataRoot, 'volumes', name, '_data', path), 'utf8')

test('a volume is made with labels and options, cloned, exported and imported', async () => {
  const screen = screens.desktop
  await screen.go('volumes')
  await screen.get('volume-create').click()
  await screen.get('volume-name').fill('ram')
  await screen.get('volume-labels').fill('team=a\nkept')
  await screen.get('volume-options').fill('type=tmpfs\ndevice=tmpfs\nsize=nonsense')
  await screen.get('form-submit').click()
  await screen.sees('error-note', 'nonsense')
  await screen.photograph('volume-form')
  await screen.get('volume-options').fill('type=tmpfs\ndevice=tmpfs')
  await screen.get('form-submit').click()
  await volume(screen, 'ram').waitFor()
  expect(JSON.parse(await daemon.ok('volume', 'inspect', '-f', '{{json .}}', 'ram'))).toMatchObject({
    Labels: { team: 'a', kept: '' },
    Options: { type: 'tmpfs', device: 'tmpfs' },
  })

  await volume(screen, 'data').click()
  await screen.sees('volume-detail', /2\.\d\d MB/)
  await screen.get('volume-clone').click()
  await screen.get('form-submit').click()
  await volume(screen, 'data-copy').waitFor()
  expect(await inVolume('data-copy', 'conf/app.ini')).toBe(await inVolume('data', 'conf/app.ini'))
  await screen.page.locator('[data-testid=volume-detail]').getByRole('heading', { name: 'data-copy' }).waitFor()
  await screen.photograph('volume')

  await screen.get('volume-export').click()
  const tar = join(folder, 'data-copy.tar')
  // Half of it ends in zeroes, too, as a file in it does.
  await until('the archive to be whole', async () => (await run('tar', ['-tf', tar])).code === 0)
  await screen.get('volume-create').click()
  await screen.get('volume-start').selectOption('archive')
  await screen.get('volume-file').setInputFiles(tar)
  await screen.get('volume-name').fill('back')
  await screen.get('form-submit').click()
  await volume(screen, 'back').waitFor()
  expect(await inVolume('back', 'conf/app.ini')).toBe(await inVolume('data', 'conf/app.ini'))

  await volume(screen, 'back').getByTestId('volume-remove').click()
  await screen.get('volume-remove-confirm').click()
  await volume(screen, 'back').waitFor({ state: 'detached' })
})

test('a network is made as asked, and the map shows who reaches whom by which name', async () => {
  const screen = screens.desktop
  const network = (name: string) => screen.page.locator(`[data-testid=network-row][data-name="${name}"]`)
  await screen.go('networks')
  await screen.get('network-create').click()
  await screen.get('network-name').fill('back')
  await screen.get('network-subnet').fill('10.219.7.0/24')
  await screen.get('network-gateway').fill('10.219.8.1')
  await screen.get('network-internal').check()
  await screen.get('form-submit').click()
  await screen.sees('error-note', '10.219.8.1')
  await screen.get('network-gateway').fill('10.219.7.9')
  await screen.photograph('network-form')
  await screen.get('form-submit').click()
  await network('back').waitFor()
  expect(await daemon.ok('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Gateway}} {{.Internal}}', 'back')).toBe('10.219.7.9 true')

  await daemon.ok('network', 'create', 'front')
  for (const [name, ...options] of [['web', '--network', 'front'], ['db', '--network', 'back', '--network-alias', 'postgres'], ['alone']] as const) {
    await daemon.ok('run', '-d', '--name', name, '--stop-timeout', '1', ...options, 'busybox', 'sleep', '1000')
  }
  await daemon.ok('network', 'connect', 'back', 'web')
  await screen.page.getByRole('button', { name: 'Close' }).click()
  await screen.get('network-map-switch').click()
  const station = (name: string) => screen.page.locator(`[data-testid=map-station][data-name="${name}"]`)
  const told = (name: string) => screen.page.locator(`[data-testid=map-row][data-name="${name}"]`)
  await station('db').getByText('db, postgres').waitFor()
  await told('web').getByText('web in back').waitFor()
  expect(await told('db').locator('td').last().textContent()).toBe('web')
  expect(await told('alone').locator('td').last().textContent()).toBe('nobody')
  await station('db').getByRole('link').focus()
  await screen.photograph('network-map')
  expect(await Promise.all(['db', 'web', 'alone'].map(async (name) => (await station(name).getAttribute('class'))?.includes('lit')))).toEqual([
    true,
    true,
    false,
  ])
  expect(await barriersIn(screen.page)).toEqual([])
  await screen.page.keyboard.press('Enter')
  await screen.page.locator('main[data-view=containers]').waitFor()
})
