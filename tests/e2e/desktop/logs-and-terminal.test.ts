import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'
import { connectionsTo } from '../harness/connections.ts'
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
  await daemon.ok(
    'run',
    '-d',
    '--name',
    'ticker',
    'busybox',
    'sh',
    '-c',
    'i=0; while true; do i=$((i+1)); echo "tick $i"; echo "warning $i" >&2; sleep 1; done',
  )
  await daemon.ok('run', '-d', '--name', 'shell', 'busybox', 'sleep', '1000')
})
afterAll(() => owned.disposeAsync())

test('logs follow: lines come while one looks, both streams', async () => {
  await screen.open('ticker', 'logs')
  await screen.sees('log-view', 'tick 1')
  const seen = Math.max(...(await ticks()))
  await screen.sees('log-view', `tick ${seen + 2}`)
  await screen.sees('log-view', `warning ${seen + 2}`)
  await screen.photograph('desktop-logs')
  await daemon.ok('stop', '-t', '0', 'ticker')
  await screen.phase('log-view', 'ended')
  const all = await ticks()
  expect(all).toEqual(Array.from({ length: all.length }, (_, index) => index + 1))
})

test('many logs are one, in the order of time; containers join as they start, and a pattern hides lines', async () => {
  for (const name of ['east', 'west']) {
    const script = `i=0; while [ $i -lt 20 ]; do i=$((i+1)); echo "${name} line $i"; echo "${name} error $i" >&2; usleep 20000; done; sleep 1000`
    await daemon.ok('run', '-d', '--name', name, 'busybox', 'sh', '-c', script)
  }
  await screen.go('logs')
  await screen.sees('log-view', 'east error 20')
  await screen.sees('log-view', 'west error 20')
  let times: string[] = []
  await until('all lines', async () => {
    times = await screen.page.evaluate<string[]>(`[...document.querySelectorAll('[data-testid=log-view] .time')].map(({ title }) => title)`)
    return times.length === 80
  })
  expect(times).toEqual([...times].sort())
  await screen.photograph('logs-joined')
  await screen.get('log-pattern').fill('error (1|20)$')
  await until('only lines that fit', async () => (await screen.page.locator('[data-testid=log-view] .line').count()) === 4)
  await screen.get('log-pattern').fill('error (')
  await screen.sees('log-view', 'east line 1')
  await screen.get('log-pattern').fill('')
  await screen.page.locator('[data-testid=log-source][data-name=west] input').uncheck()
  await until('no line of west', async () => !(await screen.text('log-view')).includes('west'))
  await daemon.ok('run', '-d', '--name', 'late', 'busybox', 'sh', '-c', 'echo late has come; sleep 1000')
  await screen.sees('log-view', 'late has come')
  await daemon.ok('rm', '-f', 'east', 'west', 'late')
})

test('the engine’s own log: followed, by level and pattern, and taken up again by the next engine', async () => {
  await screen.go('engine-log')
  await screen.sees('log-view', 'Daemon has completed initialization')
  process.kill(daemon.pid, 'SIGHUP')
  await screen.sees('log-view', 'configuration reloaded')
  await screen.photograph('engine-log')
  await screen.get('log-pattern').fill('api listen')
  await until('other lines to be hidden', async () => !(await screen.text('log-view')).includes('initialization'))
  await screen.sees('log-view', daemon.socketPath)
  await screen.get('engine-log-level').selectOption('warn')
  await screen.sees('log-view', 'No line fits.')
  await screen.get('log-pattern').fill('')
  await screen.get('engine-log-level').selectOption('debug')
  await screen.sees('log-view', 'configuration reloaded')
  await daemon.stop()
  await daemon.start()
  await until('the next start', async () => (await screen.text('log-view')).split('Daemon has completed initialization').length === 3)
})

test('a million lines: there in seconds, searched, walked from end to end, with few of them drawn', async () => {
  await daemon.ok(
    'run',
    '--name',
    'million',
    'busybox',
    'sh',
    '-c',
    "seq 999999 | sed 's/.*/line & of many words that a program writes/'; printf '\\033[31mred end\\033[0m\\n'",
  )
  await screen.open('million', 'logs')
  await screen.sees('log-view', 'line 999999 of')
  expect(await screen.page.locator('[data-testid=log-view] .ansi-red').textContent()).toBe('red end')
  await screen.get('log-all').click()
  await screen.page.getByText('1,000,000 lines').waitFor({ timeout: 60_000 })
  const drawn = () => screen.page.locator('[data-testid=log-view] .line').count()
  expect(await drawn()).toBeLessThan(1500)
  await screen.get('log-view').focus()
  await screen.page.keyboard.press('Home')
  await screen.sees('log-view', /line [2-9]\d? of/)
  expect(await drawn()).toBeLessThan(1500)
  await screen.get('log-pattern').fill('line 77777\\d of')
  await screen.page.getByText('10 lines', { exact: true }).waitFor()
  await screen.photograph('log-million')
  await daemon.ok('rm', 'million')
})

/** What a container may write that wants to be more than text. */
const HOSTILE = '<img src=x onerror="document.title=1"> \u202Ereversed\u202C zero\u200Bwidth'

test('hostile names of labels and output are text: no element comes of them, and a line of ten megabytes harms nobody', async () => {
  const script = 'printf "%s\\n" "$1"; head -c 10000000 /dev/zero | tr "\\0" x; echo; echo after'
  await daemon.ok('run', '--name', 'hostile', '--label', `hostile=${HOSTILE}`, '-e', `NAME=${HOSTILE}`, 'busybox', 'sh', '-c', script, 'sh', HOSTILE)
  await screen.open('hostile', 'logs')
  await screen.sees('log-view', '<img src=x onerror="document.title=1">')
  await screen.sees('log-view', 'after')
  await screen.get('tab-setup').click()
  await screen.sees('setup-env', '<img src=x')
  await screen.get('tab-inspect').click()
  await screen.sees('inspect-view', 'onerror')
  await screen.go('logs')
  await screen.page
    .getByLabel(/not running|stopped/i)
    .first()
    .check()
  await screen.sees('log-view', 'after')
  expect(await screen.page.locator('img[src=x]').count()).toBe(0)
  expect(await screen.page.title()).not.toBe('1')
  await daemon.ok('rm', 'hostile')
})

async function ticks(): Promise<number[]> {
  const text = await screen.text('log-view')
  return [...text.matchAll(/tick (\d+)/g)].map(([, number]) => Number(number))
}

test('a terminal: what is typed runs in the container and its output is read back', async () => {
  await screen.open('shell', 'terminal')
  await screen.phase('terminal', 'open')
  await screen.type('echo $((6*7)) is the answer; hostname')
  await screen.sees('terminal', '42 is the answer')
  await screen.sees('terminal', (await daemon.ok('inspect', '--format', '{{.Config.Hostname}}', 'shell')).trim())
  await screen.type('stty size')
  await screen.sees('terminal', /^\d{2,3} \d{2,3}\s*$/m)
  await screen.photograph('desktop-terminal')
})

test('colours are those of the 256, and any other', async () => {
  await screen.type("clear; printf '\\033[38;5;196mhot\\033[0m \\033[38;2;1;2;3mdark\\033[0m\\n'")
  const coloured = (kind: string) => screen.page.locator(`.xterm-rows span${kind}`)
  await coloured('.xterm-fg-196').filter({ hasText: 'hot' }).waitFor()
  await coloured('[style*="color:#010203"], [style*="rgb(1, 2, 3)"]').filter({ hasText: 'dark' }).waitFor()
})

test('what is searched for is found in all that was shown', async () => {
  await screen.type('n=needle; for i in 1 2 3; do echo $n-$i; seq 100; done')
  await screen.sees('terminal', /\n100\s+\/ #/)
  await screen.page.keyboard.press('Control+Shift+F')
  await screen.get('terminal-search').fill('needle-')
  await screen.sees('terminal-found', /of 3$/)
  // Right after the terminal has changed its size, the first Enter may only find the same place anew.
  await until('the match before', async () => {
    await screen.get('terminal-search').press('Enter')
    return (await screen.text('terminal-found')) === '2 of 3'
  })
  await screen.sees('terminal', 'needle-2')
  await screen.photograph('terminal-search')
  await screen.get('terminal-search').fill('no such thing')
  await screen.sees('terminal-found', 'not found')
  await screen.get('terminal-search').press('Escape')
})

test('a flood of output waits for the page instead of filling its memory, and the terminal stays usable', async () => {
  await screen.type('yes flood | head -c 4000000; echo flood-$((1+1))-over')
  await screen.sees('terminal', 'flood-2-over', 90_000)
  await screen.type('echo still-$((40+2))')
  await screen.sees('terminal', 'still-42')
})

/** The page holds two, what happens and its tasks, the app behind it two, and up to two are kept idle. */
const CONNECTIONS_OF_A_WINDOW = 6

test('nothing is left open at the engine by what the page has shut', async () => {
  await screen.go('images')
  for (let round = 0; round < 5; round += 1) {
    await screen.open('shell', 'logs')
    await screen.phase('log-view', 'following')
    await screen.open('shell', 'inspect')
    await screen.go('images')
  }
  await until('the streams to be closed', async () => (await connectionsTo(daemon.socketPath)) <= CONNECTIONS_OF_A_WINDOW)
})

test('a reloaded window lets go of its terminals', async () => {
  for (const name of ['one', 'two', 'three']) {
    await daemon.ok('run', '-d', '--name', name, 'busybox', 'sleep', '1000')
    await screen.open(name, 'terminal')
    await screen.phase('terminal', 'open')
  }
  await screen.go('images') // So that the new page opens none.
  expect(await connectionsTo(daemon.socketPath)).toBeGreaterThan(CONNECTIONS_OF_A_WINDOW)
  await desktop.page.reload()
  await screen.image('busybox:latest').waitFor()
  await until('the terminals to be closed', async () => (await connectionsTo(daemon.socketPath)) <= CONNECTIONS_OF_A_WINDOW)
})

test('a reloaded window finds its shell again, with what it showed', async () => {
  await screen.open('shell', 'terminal')
  await screen.phase('terminal', 'open')
  await screen.type('remembered=$((50+5)); echo set-$remembered')
  await screen.sees('terminal', 'set-55')
  await desktop.page.reload()
  await screen.phase('terminal', 'open')
  await screen.sees('terminal', 'set-55')
  await screen.type('echo still-$remembered')
  await screen.sees('terminal', 'still-55')
})

test('a web address that a program makes a link of opens; nothing else does, and nothing in the output runs', async () => {
  await desktop.app.evaluate(({ shell }) => {
    Reflect.set(globalThis, 'opened', [])
    shell.openExternal = async (url) => void Reflect.get(globalThis, 'opened').push(url)
  })
  const osc8 = (uri: string, text: string) => `\\033]8;;${uri}\\007${text}\\033]8;;\\007`
  await screen.type(
    `clear; printf '${osc8('https://made.example/', 'made')}\\n${osc8('javascript:window.broken=1', 'script')}\\n${osc8('file:///etc/passwd', 'passwd')}\\n<img src=x onerror=window.broken=1>\\n'`,
  )
  await screen.sees('terminal', 'onerror=window.broken')
  for (const text of ['script', 'passwd', 'made']) {
    const line = screen.page.locator('.xterm-rows > div').filter({ hasText: new RegExp(`^${text}`) })
    // The letters lie under what xterm.js takes the mouse with.
    await line.hover({ position: { x: 12, y: 8 }, force: true })
    await line.click({ position: { x: 12, y: 8 }, force: true })
  }
  await until('it to be opened', async () => (await desktop.app.evaluate<string[]>(() => Reflect.get(globalThis, 'opened'))).length > 0)
  expect(await desktop.app.evaluate(() => Reflect.get(globalThis, 'opened'))).toEqual(['https://made.example/'])
  expect(await screen.page.evaluate('window.broken')).toBeUndefined()
})

test('what is marked is copied, and what is copied is pasted', async () => {
  await screen.type('clear; echo mark-$((3+4))')
  await screen.sees('terminal', 'mark-7')
  await screen.page
    .locator('.xterm-rows > div')
    .filter({ hasText: /^mark-7/ })
    .dblclick({ position: { x: 12, y: 8 }, force: true })
  await screen.page.keyboard.press('Control+Shift+C')
  await until('the text on the clipboard', async () => (await desktop.app.evaluate(({ clipboard }) => clipboard.readText())) === 'mark-7')
  await desktop.app.evaluate(({ clipboard }) => clipboard.writeText('echo pasted-$((5+6))'))
  await screen.page.keyboard.press('Control+Shift+V')
  await screen.sees('terminal', 'echo pasted-')
  await screen.page.keyboard.press('Enter')
  await screen.sees('terminal', 'pasted-11')
})

test('exit ends the terminal and says so', async () => {
  await screen.open('shell', 'terminal')
  await screen.phase('terminal', 'open')
  await screen.type('exit')
  await screen.phase('terminal', 'ended')
})
