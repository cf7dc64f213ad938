import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'
import { client } from '../../harness/session.ts'
import { until } from '../../harness/until.ts'

/*
 * The daemon is killed, without a word, while containers run. What was true stays true; what happened meanwhile is found out.
 */
let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
beforeEach(() => daemon.removeAllContainers())
afterAll(() => daemon[Symbol.asyncDispose]())

/** `kill -9`, then whatever happens while nobody looks, then a new start. */
async function whileDead(work: () => Promise<unknown> = async () => {}): Promise<void> {
  await daemon.stop('SIGKILL')
  await work()
  await daemon.start()
}

interface State {
  readonly Status: string
  readonly Pid: number
  readonly ExitCode: number
  readonly StartedAt: string
  readonly FinishedAt: string
  readonly OOMKilled: boolean
}

async function state(id: string): Promise<State> {
  return (await daemon.api('GET', `/containers/${id}/json`)).json<{ State: State }>().State
}

/** Ends the container's process from outside, and waits until its monitor has noted it. */
async function endProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL')
  await until('the process to be gone', () => !isAlive(pid))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('running containers run on, the same processes, and are as they were to ps, logs, exec, attach, top, port and stop', async () => {
  const id = await daemon.ok(
    'run',
    '-d',
    '-i',
    '-p',
    '127.0.0.1::80',
    '--name',
    'lives',
    '-l',
    'a=b',
    'busybox',
    'sh',
    '-c',
    'echo before; read line; echo "got $line"; sleep 1000',
  )
  const before = await state(id)
  const port = await daemon.ok('port', id)
  await whileDead()
  expect(await state(id)).toEqual(before)
  expect(await daemon.ok('ps', '--format', '{{.Names}} {{.Labels}} {{.Status}}')).toMatch(/^lives a=b Up /)
  expect(await daemon.ok('port', id)).toBe(port)
  expect(await daemon.ok('exec', id, 'cat', '/proc/1/cmdline')).toContain('read line')
  expect(await daemon.ok('top', id)).toContain('read line')
  await using logs = client(daemon, 'logs', '-f', id)
  await logs.shows(/before/)
  await using attached = client(daemon, 'attach', id)
  attached.type('hello\n')
  await attached.shows(/got hello/)
  await logs.shows(/before\ngot hello/)
  await daemon.ok('stop', '-t', '0', id)
  expect(await logs.ended).toBe(0)
  expect(await state(id)).toMatchObject({ Status: 'exited', ExitCode: 137 })
})

test('what was written while the daemon was away is in the log', async () => {
  const id = await daemon.ok('run', '-d', 'busybox', 'sh', '-c', 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done')
  await until('it to have begun', async () => (await daemon.ok('logs', id)) !== '')
  const before = (await daemon.ok('logs', id)).split('\n').length
  await whileDead(() => new Promise((resolve) => setTimeout(resolve, 500)))
  const lines = (await daemon.ok('logs', id)).split('\n')
  expect(lines.length).toBeGreaterThan(before + 3)
  expect(lines).toEqual(lines.map((_, i) => String(i + 1)))
})

test('those that ended meanwhile are found ended, with their codes and times', async () => {
  const since = Date.now()
  const ids = await Promise.all([3, 0].map((code) => daemon.ok('run', '-d', 'busybox', 'sh', '-c', `sleep 0.7; exit ${code}`)))
  const killed = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
  const { Pid } = await state(killed)
  const pids = (await Promise.all(ids.map(state))).map((one) => one.Pid).filter((pid) => pid !== 0)
  await whileDead(async () => {
    await endProcess(Pid)
    await until('the others to end', () => !pids.some(isAlive))
  })
  const after = Date.now()
  const states = await Promise.all([...ids, killed].map(state))
  expect(states.map(({ Status, ExitCode }) => [Status, ExitCode])).toEqual([
    ['exited', 3],
    ['exited', 0],
    ['exited', 137],
  ])
  for (const { FinishedAt } of states) {
    expect(Date.parse(FinishedAt)).toBeGreaterThanOrEqual(since)
    expect(Date.parse(FinishedAt)).toBeLessThan(after)
  }
  expect(await daemon.ok('wait', ...ids, killed)).toBe('3\n0\n137')
})

test('a container that is removed after its run is removed, even if that ended unseen', async () => {
  const ends = await daemon.ok('run', '-d', '--rm', '-v', '/data', 'busybox', 'sleep', '1000')
  const lives = await daemon.ok('run', '-d', '--rm', 'busybox', 'sleep', '1000')
  const { Pid } = await state(ends)
  await whileDead(() => endProcess(Pid))
  await until('it to be gone', async () => (await daemon.api('GET', `/containers/${ends}/json`)).status === 404)
  expect(await daemon.ok('volume', 'ls', '-q')).toBe('')
  expect((await state(lives)).Status).toBe('running')
  await daemon.ok('stop', '-t', '0', lives)
  await until('it to be gone, too', async () => (await daemon.api('GET', `/containers/${lives}/json`)).status === 404)
})

test('restart policies: what ended meanwhile is started again, what was stopped by hand only by `always`', async () => {
  const start = (...flags: string[]) => daemon.ok('run', '-d', ...flags, 'busybox', 'sleep', '1000')
  const [always, unless, failing, none] = await Promise.all([
    start('--restart', 'always'),
    start('--restart', 'unless-stopped'),
    start('--restart', 'on-failure'),
    start(),
  ])
  const [stoppedAlways, stoppedUnless] = await Promise.all([start('--restart', 'always'), start('--restart', 'unless-stopped')])
  await daemon.ok('stop', '-t', '0', stoppedAlways, stoppedUnless)
  const pids = (await Promise.all([always, unless, failing, none].map(state))).map(({ Pid }) => Pid)
  await whileDead(async () => {
    for (const pid of pids) await endProcess(pid)
  })
  for (const id of [always, unless, failing, stoppedAlways]) await until('the policy to start it', async () => (await state(id)).Status === 'running')
  expect((await state(none)).Status).toBe('exited')
  expect((await state(stoppedUnless)).Status).toBe('exited')
})

test('a container between two runs goes on being restarted', async () => {
  const id = await daemon.ok('run', '-d', '--restart', 'always', 'busybox', 'sh', '-c', 'exit 1')
  await until('a pause', async () => (await state(id)).Status === 'restarting')
  await whileDead()
  const count = async () => (await daemon.api('GET', `/containers/${id}/json`)).json<{ RestartCount: number }>().RestartCount
  const before = await count()
  await until('one more', async () => (await count()) > before)
})

test('a paused container stays paused; a created one stays created', async () => {
  const paused = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
  await daemon.ok('pause', paused)
  const created = await daemon.ok('create', 'busybox')
  await whileDead()
  expect((await state(paused)).Status).toBe('paused')
  expect((await state(created)).Status).toBe('created')
  await daemon.ok('unpause', paused)
  expect(await daemon.ok('exec', paused, 'echo', 'alive')).toBe('alive')
})

test('a healthcheck goes on, also of a container that was paused', async () => {
  const checked = () => daemon.ok('run', '-d', '--health-cmd', 'true', '--health-interval', '100ms', 'busybox', 'sleep', '1000')
  const [id, paused] = await Promise.all([checked(), checked()])
  await daemon.ok('pause', paused)
  await whileDead()
  await daemon.ok('unpause', paused)
  for (const one of [id, paused]) await until('it to be healthy', async () => (await daemon.ok('inspect', '-f', '{{.State.Health.Status}}', one)) === 'healthy')
})

test('a container that resists its removal does not keep the daemon from starting', async () => {
  const lives = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
  const resists = await daemon.ok('run', '-d', '--rm', 'busybox', 'sleep', '1000')
  const { Pid } = await state(resists)
  const stuck = join(daemon.dataRoot, 'containers', resists, 'work', 'stuck')
  await whileDead(async () => {
    await endProcess(Pid)
    await mkdir(stuck)
    await run('mount', ['-t', 'tmpfs', 'none', stuck])
  })
  expect((await state(lives)).Status).toBe('running')
  await until('it to be dead', async () => (await state(resists)).Status === 'dead')
  await run('umount', [stuck])
  await daemon.ok('rm', resists)
})

test('an exec that was running runs on, and its container can be removed', async () => {
  const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
  await using exec = client(daemon, 'exec', id, 'sh', '-c', 'echo begun; exec sleep 4321')
  await exec.shows(/begun/)
  await whileDead()
  expect(await daemon.ok('exec', id, 'ps')).toContain('sleep 4321')
  await daemon.ok('rm', '-f', id)
  await until('nothing to be left', async () => (await daemon.traces()).length === 0)
})

test('a clean stop of the daemon leaves them running just as well', async () => {
  const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
  const { Pid } = await state(id)
  await daemon.stop('SIGTERM')
  expect(isAlive(Pid)).toBe(true)
  await daemon.start()
  expect(await state(id)).toMatchObject({ Status: 'running', Pid })
})

test('nothing at all is left when everything is removed after all this', async () => {
  const ids = await Promise.all(Array.from({ length: 6 }, () => daemon.ok('run', '-d', '--restart', 'always', '-v', '/v', 'busybox', 'sleep', '1000')))
  await whileDead()
  await daemon.ok('rm', '-f', '-v', ...ids)
  await until('nothing to be left', async () => (await daemon.traces()).length === 0)
})
