import { access, mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CONTAINER_TABS, VIEWS } from '../../../renderer/text/place.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'
import { freePort } from '../../harness/tcp.ts'
import { until } from '../../harness/until.ts'
import { type RunningRegistry, startRegistry } from '../../registry/servers.ts'
import { barriersIn } from '../harness/accessibility.ts'
import { Desktop } from '../harness/desktop.ts'
import { collectGarbage } from '../harness/garbage.ts'
import { cutOff, englishLeftOver } from '../harness/left-over.ts'
import { Screen } from '../harness/screen.ts'

/** `user` with the password `secret`, as htpasswd -B writes it. */
const ACCOUNT = 'user:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n'

let owned: AsyncDisposableStack
let daemon: TestDaemon
let screen: Screen
let desktop: Desktop
let folder: string
let configFile: string
let dockerConfig: string
let home: string
let systemSocket: string
let registry: RunningRegistry

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  folder = await mkdtemp(join(tmpdir(), 'er-settings-'))
  opening.defer(() => rm(folder, { recursive: true }))
  configFile = join(folder, 'daemon.json')
  await writeFile(configFile, '{"shutdown-timeout": 10}')
  daemon = opening.use(await startDaemon({ flags: ['--config-file', configFile] }))
  await daemon.ok('run', '-d', '--name', 'web', '--stop-timeout', '1', '-p', '127.0.0.1::80', 'busybox', 'sh', '-c', 'echo hello; exec sleep 1000')
  await daemon.docker(['run', '--name', 'failed', 'busybox', 'sh', '-c', 'exit 3'])
  await daemon.ok('volume', 'create', 'kept')
  await writeFile(join(folder, 'htpasswd'), ACCOUNT)
  registry = opening.use(await startRegistry('ours', ['--htpasswd', join(folder, 'htpasswd')]))
  dockerConfig = join(daemon.root, 'docker-config')
  home = join(folder, 'home')
  await mkdir(join(home, '.local/bin'), { recursive: true })
  systemSocket = join(folder, 'docker.sock')
  // A person without rights over this computer, though with its shells.
  const environment = { HOME: home, PATH: `${join(home, '.local/bin')}:/usr/bin:/bin`, XDG_DATA_HOME: undefined, DOCKER_HOST: undefined }
  desktop = opening.use(await Desktop.open(daemon.socketPath, undefined, { dockerConfig, systemSocket, environment }))
  screen = new Screen(desktop.page)
  owned = opening.move()
})
afterAll(() => owned.disposeAsync())

const isAt = (view: string) => screen.page.locator(`main[data-view=${view}]`).waitFor()

test('a few letters go anywhere and act', async () => {
  await screen.container('web', 'running').waitFor()
  await screen.page.keyboard.press('Control+k')
  await screen.get('palette-input').fill('data dir')
  await screen.page.keyboard.press('Enter')
  await isAt('data')
  await screen.get('palette-open').click()
  await screen.get('palette-input').fill('web')
  await screen.photograph('palette')
  await screen.get('palette-input').fill('stop web')
  await screen.page.keyboard.press('Enter')
  await isAt('containers')
  await screen.container('web', 'exited').waitFor()
  await screen.page.keyboard.press('Control+k')
  await screen.get('palette-input').fill('start web')
  await screen.get('palette-entry').first().click()
  await screen.container('web', 'running').waitFor()
})

test('each part of the figure leads to its view', async () => {
  for (const view of ['settings', 'inspector', 'troubleshoot', 'data', 'images', 'registries', 'volumes']) {
    await screen.go('overview')
    await screen.page.locator(`.figure a[href="#/${view}"]`).click()
    await isAt(view)
  }
})

/** Some views ask the engine before they have something to show. */
async function isDrawn(view: (typeof VIEWS)[number]): Promise<void> {
  if (view === 'data') await screen.get('data-total').waitFor()
  if (view === 'troubleshoot') await screen.page.locator('[data-testid=check][data-id=disk]').waitFor()
  if (view === 'settings') await screen.setting('dns').waitFor()
}

const commandLine = (id: string, state: string) => screen.page.locator(`[data-testid=command-line-part][data-id=${id}][data-state=${state}]`)

test('the command line: docker, programs that know one socket only, and engineroom come here, until it is undone', async () => {
  // As in a person's shell: nothing says where the engine is.
  const env = { PATH: `${join(home, '.local/bin')}:${process.env.PATH}`, HOME: home, DOCKER_CONFIG: dockerConfig }
  const first = async (command: string, ...args: string[]) => (await run(command, args, { env })).stdout.split('\n')[0]
  const web = (await daemon.ok('ps', '-q', '--no-trunc', '--filter', 'name=web')).trim()
  await screen.go('settings')
  await commandLine('context', 'off').getByText('makes the context engineroom').waitFor()
  await commandLine('bash', 'off').scrollIntoViewIfNeeded()
  await screen.photograph('command-line')
  for (const id of ['context', 'socket', 'program', 'bash']) await commandLine(id, 'off').getByRole('button').click()
  await commandLine('bash', 'on').waitFor()
  await screen.photograph('command-line-on')
  expect(await first('docker', 'ps', '-q', '--no-trunc')).toBe(web)
  expect(await first('docker', '-H', `unix://${systemSocket}`, 'ps', '-q', '--no-trunc')).toBe(web)
  expect(await first('engineroom', '-H', `unix://${systemSocket}`, 'ps', '-q', '--no-trunc')).toBe(web)
  const completed =
    'source ~/.local/share/bash-completion/completions/engineroom; COMP_LINE="engineroom vol" COMP_POINT=14; _engineroom engineroom; echo "$COMPREPLY"'
  expect(await first('bash', '-c', completed)).toBe('volume')
  // The folder is emptied by a reboot.
  await rm(systemSocket)
  await screen.page.reload()
  await commandLine('socket', 'broken').waitFor()
  await screen.go('containers')
  await screen.sees('broken-part', systemSocket)
  await screen.photograph('broken-part')
  await screen.get('broken-part').getByRole('button', { name: 'Repair' }).click()
  await screen.get('broken-part').waitFor({ state: 'detached' })
  expect(await readlink(systemSocket)).toBe(daemon.socketPath)
  await screen.go('settings')
  for (const id of ['context', 'socket', 'program', 'bash']) await commandLine(id, 'on').getByRole('button', { name: 'Undo' }).click()
  await commandLine('bash', 'off').waitFor()
  for (const path of [systemSocket, join(home, '.local/bin/engineroom')]) await expect(access(path)).rejects.toThrow('ENOENT')
  expect(JSON.parse(await readFile(join(dockerConfig, 'config.json'), 'utf8'))).not.toHaveProperty('currentContext')
})

async function logIn(password: string): Promise<void> {
  await screen.get('login-server').fill(registry.address)
  await screen.get('login-user').fill('user')
  await screen.get('login-password').fill(password)
  await screen.get('login').click()
}

test('registries: logged in as the docker command is, with what they have, to pull', async () => {
  await daemon.api('PUT', '/engineroom/v1/registry', { isOn: true, address: `127.0.0.1:${await freePort()}` })
  await screen.go('registries')
  await screen.sees('local-registry', 'On, at localhost:')
  await logIn('wrong')
  await screen.sees('error-note', 'unauthorized')
  await logIn('secret')
  const row = screen.page.locator(`[data-testid=registry][data-host="${registry.address}"]`)
  await row.waitFor()
  // The same folder: so the docker command is logged in now.
  await daemon.ok('tag', 'busybox', `${registry.address}/team/web:1`)
  await daemon.ok('push', `${registry.address}/team/web:1`)
  await daemon.ok('rmi', `${registry.address}/team/web:1`)
  await row.locator('a').click()
  await screen.page.locator('[data-testid=repository][data-name="team/web"] > button').click()
  const tag = screen.page.locator('[data-testid=registry-tag][data-name="1"]')
  await tag.waitFor()
  await screen.photograph('registries')
  await tag.getByRole('button').click()
  await until('the image to be pulled with what is kept', async () => (await daemon.ok('images', '-q', `${registry.address}/team/web:1`)) !== '')
  await daemon.ok('rmi', `${registry.address}/team/web:1`)
  await screen.go('registries')
  await row.getByRole('button', { name: 'Log out' }).click()
  await row.waitFor({ state: 'detached' })
  expect(JSON.parse(await readFile(join(dockerConfig, 'config.json'), 'utf8'))).toEqual({ auths: {} })
  await screen.get('local-switch').click()
  await screen.sees('local-registry', 'Off.')
})

test('the theme is chosen, and kept', async () => {
  await screen.go('settings')
  await screen.get('theme-dark').check()
  await screen.page.reload()
  expect(await screen.page.locator('html').getAttribute('data-theme')).toBe('dark')
  await screen.get('theme-system').check()
})

/** Names of things in this test, and words that Chinese takes as they are. */
const SAME_IN_CHINESE = [
  ...['engineroom', 'engine', 'docker', 'compose', 'client', 'sock', 'linux', 'amd', 'arm', 'udp', 'root'],
  ...['web', 'failed', 'kept', 'busybox', 'latest', 'bridge', 'host', 'none', 'null'],
  ...hostname()
    .toLowerCase()
    .split(/[^a-z]+/),
]

test('in Chinese, at once and kept, no view has English left over, or words that do not fit', async () => {
  await screen.go('settings')
  await screen.get('language-zh-CN').check()
  await screen.sees('nav-troubleshoot', '故障排查')
  await screen.page.reload()
  await screen.setting('dns').waitFor()
  expect(await screen.page.locator('html').getAttribute('lang')).toBe('zh-CN')
  const found = new Map<string, string>()
  const barriers: string[] = []
  const look = async (name: string) => {
    const cut = (await cutOff(screen.page)).map((line) => `cut off, ${line}`)
    for (const line of [...(await englishLeftOver(screen.page, SAME_IN_CHINESE)), ...cut]) if (!found.has(line)) found.set(line, name)
    barriers.push(...(await barriersIn(screen.page, ['light'])).map((line) => `${name}: ${line}`))
    await screen.photograph(`chinese-${name}`)
  }
  for (const view of VIEWS) {
    await screen.go(view)
    await isAt(view)
    await isDrawn(view)
    await look(view)
  }
  for (const tab of CONTAINER_TABS) {
    await screen.open('web', tab)
    if (tab === 'files') await screen.page.locator('[data-testid=file-row]').first().waitFor()
    await look(tab)
  }
  await screen.go('images')
  await screen.image('busybox:latest').click()
  await look('image')
  await screen.go('settings')
  await screen.get('language-en').check()
  await screen.sees('nav-troubleshoot', 'Troubleshoot')
  expect([...found]).toEqual([])
  expect(barriers).toEqual([])
})

test('no view keeps anybody out, in either theme', async () => {
  const barriers: string[] = []
  const look = async (name: string) => {
    // What does not hang on colours was looked at in Chinese, in the same elements.
    for (const line of await barriersIn(screen.page, ['dark'])) barriers.push(`${name}: ${line}`)
  }
  for (const view of VIEWS) {
    await screen.go(view)
    await isAt(view)
    await isDrawn(view)
    await look(view)
  }
  for (const tab of CONTAINER_TABS) {
    await screen.open('web', tab)
    await look(`container, ${tab}`)
  }
  await screen.go('images')
  await screen.image('busybox:latest').click()
  await look('image')
  await screen.page.keyboard.press('Control+k')
  await look('palette')
  await screen.page.keyboard.press('Escape')
  expect(barriers).toEqual([])
})

test('of a page that was loaded anew nothing is kept', async () => {
  const before = await collectGarbage(screen.page)
  for (let round = 0; round < 3; round += 1) {
    await screen.page.reload()
    await screen.get('nav-containers').waitFor()
  }
  await until('the old pages to be gone', async () => (await collectGarbage(screen.page)) <= before)
})
