import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'
import { Desktop } from '../harness/desktop.ts'
import { Screen } from '../harness/screen.ts'

let owned: AsyncDisposableStack
let daemon: TestDaemon
let desktop: Desktop
let screen: Screen

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  daemon = opening.use(await startDaemon())
  desktop = opening.use(await Desktop.open(daemon.socketPath))
  screen = new Screen(desktop.page)
  owned = opening.move()
})
afterAll(() => owned.disposeAsync())

/** Whether the container is there, and how it is, as the docker CLI says it. */
async function stateOf(name: string): Promise<string> {
  const { code, stdout } = await daemon.docker(['inspect', '--format', '{{.State.Status}}', name])
  return code === 0 ? stdout.trim() : 'gone'
}

test('an engine without containers says what to do first', async () => {
  await screen.sees('empty-state', 'docker run')
  await screen.photograph('desktop-empty')
})

test('what the docker CLI does appears by itself: no reload, no second list', async () => {
  await desktop.page.evaluate(() => void performance.mark('first page'))
  const lists: string[] = []
  desktop.page.on('request', (request) => {
    const { pathname, search } = new URL(request.url())
    if (pathname.endsWith('/containers/json') && !search.includes('filters=')) lists.push(search) // With a filter it is one row.
  })
  await daemon.ok('create', '--name', 'web', 'busybox', 'sleep', '1000')
  await screen.container('web', 'created').waitFor()
  await daemon.ok('start', 'web')
  await screen.container('web', 'running').waitFor()
  await daemon.ok('pause', 'web')
  await screen.container('web', 'paused').waitFor()
  await daemon.ok('unpause', 'web')
  await screen.container('web', 'running').waitFor()
  await daemon.ok('rename', 'web', 'shop')
  await screen.container('shop', 'running').waitFor()
  await daemon.ok('rm', '-f', 'shop')
  await screen.container('shop').waitFor({ state: 'detached' })
  expect(await desktop.page.evaluate(() => performance.getEntriesByName('first page').length)).toBe(1)
  expect(lists).toEqual([])
  await screen.go('images')
  await desktop.page.reload()
  await until('the reloaded page to ask for the list once', () => lists.length === 1)
  await screen.go('containers')
})

test('start, stop and remove by click do it in the engine', async () => {
  await daemon.ok('create', '--name', 'clicked', '--stop-timeout', '1', 'busybox', 'sleep', '1000')
  await screen.container('clicked', 'created').click()
  await screen.get('container-start').click()
  await screen.container('clicked', 'running').waitFor()
  expect(await stateOf('clicked')).toBe('running')
  await screen.photograph('desktop-running')
  await screen.get('container-stop').click()
  await screen.container('clicked', 'exited').waitFor()
  expect(await stateOf('clicked')).toBe('exited')
  await screen.get('container-remove').click()
  expect(await stateOf('clicked')).toBe('exited')
  await screen.get('container-remove-confirm').click()
  await screen.container('clicked').waitFor({ state: 'detached' })
  await until('the engine to have removed it', async () => (await stateOf('clicked')) === 'gone')
})

test("a start that fails shows docker's own words where it was asked for", async () => {
  await daemon.ok('create', '--name', 'broken', 'busybox', '/no/such/program')
  await screen.container('broken', 'created').click()
  await screen.get('container-start').click()
  await screen.sees('error-note', '/no/such/program')
  await screen.photograph('desktop-start-failed')
  await daemon.ok('rm', 'broken')
  await screen.container('broken').waitFor({ state: 'detached' })
})

/** How many answers about what containers use go on. */
async function openStreams(): Promise<number> {
  const calls = (await daemon.api('GET', '/engineroom/v1/requests/details')).json<{ target: string; phase: string }[]>()
  return calls.filter(({ target, phase }) => target.includes('/stats') && phase !== 'done').length
}

/** Playwright keeps a page visible that its window does not show: it is told what a window that is hidden would tell it. */
async function seem({ hidden }: { hidden: boolean }): Promise<void> {
  await screen.page.evaluate(
    `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`,
  )
}

test('rows that are seen show what their containers use, over one connection; with the window hidden nobody is asked', async () => {
  await daemon.ok('run', '-d', '--name', 'busy', 'busybox', 'sh', '-c', 'while :; do :; done')
  await daemon.ok('run', '-d', '--name', 'idle', 'busybox', 'sleep', '1000')
  const usage = (name: string) => screen.container(name).getByTestId('row-usage')
  await until('the busy one to be seen at work', async () => /\d\d+ %.*B/.test((await usage('busy').textContent()) ?? ''))
  await until('the idle one to be seen idle', async () => /0\.\d %/.test((await usage('idle').textContent()) ?? ''))
  await screen.photograph('containers-usage')
  await until('one stream for both', async () => (await openStreams()) === 1)
  await seem({ hidden: true })
  await until('the stream to be closed', async () => (await openStreams()) === 0)
  await seem({ hidden: false })
  await until('it to be open again', async () => (await openStreams()) === 1)
  await daemon.ok('rm', '-f', 'busy', 'idle')
})

test('the filter finds by name and image', async () => {
  await daemon.ok('create', '--name', 'alpha', 'busybox')
  await daemon.ok('create', '--name', 'beta', 'busybox')
  await screen.container('beta').waitFor()
  await screen.get('filter').fill('alp')
  await screen.container('beta').waitFor({ state: 'detached' })
  expect(await screen.container('alpha').count()).toBe(1)
  await screen.get('filter').fill('busy')
  await screen.container('beta').waitFor()
  await screen.get('filter').fill('')
  await daemon.ok('rm', 'alpha', 'beta')
})

const names = () =>
  screen.page.locator('[data-testid=container-row], [data-testid=project-row]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-name')))

async function labelled(name: string, project: string, command: readonly string[]): Promise<void> {
  await daemon.ok('create', '--name', name, '--label', `com.docker.compose.project=${project}`, '--stop-timeout', '0', 'busybox', ...command)
}

test('containers of a compose project stand together, can be folded, started at once, and sorted', async () => {
  await labelled('shop-db', 'shop', ['sleep', '1000'])
  await daemon.ok('create', '--name', 'alone', 'busybox')
  await labelled('shop-web', 'shop', ['sleep', '1000'])
  const project = screen.page.locator('[data-testid=project-row][data-name=shop]')
  await project.waitFor()
  await until('the project and all containers', async () => (await names()).length === 4)
  await screen.get('sort-name').click()
  expect(await names()).toEqual(['alone', 'shop', 'shop-db', 'shop-web'])
  await screen.get('sort-name').click()
  expect(await names()).toEqual(['shop', 'shop-web', 'shop-db', 'alone'])
  expect(await screen.page.locator('th[aria-sort]').getAttribute('aria-sort')).toBe('descending')
  await screen.get('sort-name').click()
  await project.getByTestId('project-start').click()
  await screen.container('shop-db', 'running').waitFor()
  await screen.container('shop-web', 'running').waitFor()
  expect(await stateOf('alone')).toBe('created')
  await screen.photograph('containers-project')
  await project.getByTestId('project-fold').click()
  expect((await names()).toSorted()).toEqual(['alone', 'shop'])
  await project.getByTestId('project-fold').click()
})

test('several are chosen, by mouse or keys, and acted on at once; who did not do it is named with the reason', async () => {
  await daemon.ok('create', '--name', 'broken', 'busybox', '/no/such/program')
  await screen.container('broken', 'created').waitFor()
  await screen.container('shop-web').click()
  await screen.page.keyboard.press('Space')
  await screen.container('broken').getByTestId('row-mark').check()
  await screen.sees('bulk', '2 chosen')
  await screen.get('bulk-stop').click()
  await screen.container('shop-web', 'exited').waitFor()
  expect(await stateOf('shop-db')).toBe('running')
  await screen.get('bulk-start').click()
  await screen.container('shop-web', 'running').waitFor()
  await screen.page.locator('section.list [data-testid=error-note]').getByText('broken: ').waitFor()
  await screen.photograph('containers-bulk')
  await screen.page.locator('section.list [data-testid=error-note] button').click()
  await screen.page.getByRole('grid').focus()
  await screen.page.keyboard.press('Control+a')
  await screen.sees('bulk', '4 chosen')
  // What the filter hides is not acted on.
  await screen.get('filter').fill('shop')
  await screen.sees('bulk', '2 chosen')
  await screen.get('bulk-remove').click()
  await screen.get('bulk-remove-confirm').click()
  await screen.get('empty-state').waitFor()
  await screen.get('filter').fill('')
  await until('the two that are left', async () => (await names()).toSorted().join() === 'alone,broken')
  await daemon.removeAllContainers()
})

test('a hundred containers at once are a list that can be used', async () => {
  const names = Array.from({ length: 100 }, (_, index) => `many-${String(index).padStart(3, '0')}`)
  for (const name of names) expect((await daemon.api('POST', `/containers/create?name=${name}`, { Image: 'busybox', Labels: { many: '1' } })).status).toBe(201)
  await screen.get('filter').fill('many-099')
  await screen.container('many-099', 'created').waitFor()
  await screen.get('filter').fill('')
  await screen.photograph('desktop-many')
  await daemon.removeAllContainers()
  await screen.get('empty-state').waitFor()
})

test('the theme is switched by a click, and back', async () => {
  const background = () => desktop.page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
  const before = await background()
  await screen.get('theme-toggle').click()
  await until('other colours', async () => (await background()) !== before)
  await screen.get('theme-toggle').click()
  await until('the first colours', async () => (await background()) === before)
})
