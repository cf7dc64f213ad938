import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { prefixOf } from '../../harness/leaks.ts'
import { openFiles } from '../../harness/open-files.ts'
import { run } from '../../harness/run.ts'
import { until } from '../../harness/until.ts'

/** Every kind of exec in turn: one that ends well or badly, one that cannot be run, with a terminal, in the background, never started. */
const KINDS = [
  { config: { Cmd: ['sh', '-c', 'echo out; echo err >&2; exit 3'] }, start: {}, exitCode: 3 },
  { config: { Cmd: ['nosuch'] }, start: {}, exitCode: 127 },
  { config: { Cmd: ['/etc'] }, start: {}, exitCode: 126 },
  { config: { Cmd: ['tty'], Tty: true }, start: { Tty: true }, exitCode: 0 },
  { config: { Cmd: ['true'] }, start: { Detach: true }, exitCode: 0 },
  { config: { Cmd: ['true'] }, start: undefined, exitCode: null },
] as const

test('a hundred execs of every kind leave nothing behind', async () => {
  await using daemon = await startDaemon()
  await daemon.ok('run', '-d', '--name', 'box', '--net', 'none', 'busybox', 'sleep', '1000')
  const before = await rest(daemon)
  const isCalm = async () => (await rest(daemon)).length === before.length
  // What the daemon makes once and keeps, such as shells for its tools, is made by the first few.
  await Promise.all(KINDS.map((kind) => once(daemon, kind)))
  await until('the first few to be gone', isCalm)
  const filesBefore = (await openFiles(daemon.pid)).length
  let next = 0
  const worker = async () => {
    for (let index = next++; index < 100; index = next++) await once(daemon, KINDS[index % KINDS.length] ?? KINDS[0])
  }
  await Promise.all([worker(), worker(), worker(), worker()])
  await until('what they needed to be gone', async () => (await isCalm()) && (await openFiles(daemon.pid)).length <= filesBefore)
  expect(await rest(daemon)).toEqual(before)
  expect(await daemon.ok('inspect', '-f', '{{.ExecIDs}}', 'box')).toBe('[]')
  expect((await daemon.ok('top', 'box', '-o', 'pid,comm')).split('\n')).toHaveLength(2)
})

async function once(daemon: TestDaemon, { config, start, exitCode }: (typeof KINDS)[number]): Promise<void> {
  const created = await daemon.api('POST', '/containers/box/exec', { AttachStdout: true, AttachStderr: true, ...config })
  const { Id } = created.json<{ Id: string }>()
  if (start) await daemon.api('POST', `/exec/${Id}/start`, start)
  const inspect = async () => (await daemon.api('GET', `/exec/${Id}/json`)).json<{ Running: boolean; ExitCode: number | null }>()
  expect(await until('its end', async () => ((one) => !one.Running && (!start || one.ExitCode !== null) && one)(await inspect()))).toMatchObject({
    ExitCode: exitCode,
  })
}

/** The folders and monitors of what runs. */
async function rest(daemon: TestDaemon): Promise<string[]> {
  const root = join(daemon.execRoot, prefixOf(daemon.dataRoot))
  const folders = await Promise.all(
    ['bundles', 'exits', 'sockets', 'runtime'].map(async (name) => (await readdir(join(root, name))).map((one) => `${name}/${one}`)),
  )
  const { stdout } = await run('pgrep', ['-f', `conmon.*${daemon.root}/`])
  return [...folders.flat(), ...stdout.split('\n').filter(Boolean)].sort()
}
