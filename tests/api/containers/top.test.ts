import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'

interface Top {
  readonly Titles: string[]
  readonly Processes: string[][] | null
}

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
  await daemon.ok('run', '-d', '--name', 'two', '--network', 'none', 'busybox', 'sh', '-c', 'sleep 1000 & exec sleep 2000')
  await daemon.ok('run', '-d', '--name', 'other', '--network', 'none', 'busybox', 'sleep', '3000')
  // A start answers when the runtime has let the program go: for a moment more, a process is still what it was.
  for (const [name, count] of [
    ['two', 2],
    ['other', 1],
  ] as const)
    await until('the programs to run', async () => (await daemon.ok('top', name)).match(/ sleep \d000$/gm)?.length === count)
})
afterAll(() => daemon[Symbol.asyncDispose]())

test("docker top shows the container's processes, with the host's pids, and no other", async () => {
  const pid = await daemon.ok('inspect', '-f', '{{.State.Pid}}', 'two')
  const [head = '', ...rows] = (await daemon.ok('top', 'two')).split('\n')
  expect(head.split(/\s+/)).toEqual(['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'])
  expect(rows.map((row) => row.split(/\s+/).slice(7).join(' ')).sort()).toEqual(['sleep 1000', 'sleep 2000'])
  expect(rows.some((row) => row.split(/\s+/)[1] === pid)).toBe(true)
})

test('other columns can be asked for; the last takes the rest of the line', async () => {
  const top = (await daemon.api('GET', `/containers/two/top?ps_args=${encodeURIComponent('-o pid,args')}`)).json<Top>()
  expect(top.Titles).toEqual(['PID', 'COMMAND'])
  expect(top.Processes?.map(([, command]) => command).sort()).toEqual(['sleep 1000', 'sleep 2000'])
})

test('options that ps refuses together with a selection work too, and show threads below their process', async () => {
  const bsd = (await daemon.api('GET', '/containers/two/top?ps_args=auxf')).json<Top>()
  expect(bsd.Processes?.length).toBe(2)
  const threads = (await daemon.api('GET', '/containers/two/top?ps_args=-efm')).json<Top>()
  expect(threads.Processes?.map((row) => row[1] === '-')).toEqual([false, true, false, true])
})

test('what ps cannot do, or what hides the pid, is an error in its words', async () => {
  const messageOf = async (psArgs: string) =>
    (await daemon.api('GET', `/containers/two/top?ps_args=${encodeURIComponent(psArgs)}`)).json<{ message: string }>().message
  expect(await messageOf('-o user,cmd')).toBe("Couldn't find PID field in ps output")
  expect(await messageOf('-e -o pid -o user=PID')).toBe('specifying "user=PID" is not allowed')
  expect(await messageOf('--nonsense')).toMatch(/^ps: error: unknown gnu long option/)
  const { code, stderr } = await daemon.docker(['top', 'two', '-o', 'user'])
  expect([code, stderr.trim()]).toEqual([1, "Error response from daemon: Couldn't find PID field in ps output"])
})

test('a container that does not run has no processes to show', async () => {
  const id = await daemon.ok('create', 'busybox')
  const answer = await daemon.api('GET', `/containers/${id}/top`)
  expect([answer.status, answer.json()]).toEqual([409, { message: `container ${id} is not running` }])
  expect((await daemon.api('GET', '/containers/nobody/top')).json()).toEqual({ message: 'No such container: nobody' })
})

test('a paused container still has its processes, and every look is an event', async () => {
  const since = Math.floor(Date.now() / 1000)
  await daemon.ok('pause', 'other')
  expect(await daemon.ok('top', 'other')).toContain('sleep 3000')
  await daemon.ok('unpause', 'other')
  const events = await daemon.ok(
    'events',
    '--since',
    `${since}`,
    '--until',
    `${Math.ceil(Date.now() / 1000) + 1}`,
    '--filter',
    'container=other',
    '--format',
    '{{.Action}}',
  )
  expect(events.split('\n')).toContain('top')
})
