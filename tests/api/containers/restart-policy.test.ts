import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { client } from '../../harness/session.ts'
import { until } from '../../harness/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

interface Inspected {
  readonly RestartCount: number
  readonly State: { readonly Status: string; readonly ExitCode: number; readonly StartedAt: string; readonly FinishedAt: string }
}

const inspect = async (id: string) => (await daemon.api('GET', `/containers/${id}/json`)).json<Inspected>()
const status = (id: string) => daemon.ok('ps', '-a', '--format', '{{.Status}}', '-f', `id=${id}`)

/** Ends as it is told, once for each line of input: the policy does the rest. */
async function obedient(...flags: string[]): Promise<{ id: string; exit(code: number): Promise<void> }> {
  const id = await daemon.ok('run', '-d', '-i', ...flags, 'busybox', 'sh', '-c', 'read code; exit $code')
  return {
    id,
    async exit(code) {
      await until('it to run', async () => (await inspect(id)).State.Status === 'running')
      await using attached = client(daemon, 'attach', id)
      attached.type(`${code}\n`)
      await attached.ended
    },
  }
}

const restarts = (id: string, count: number) => until(`restart ${count}`, async () => (await inspect(id)).RestartCount === count)
async function ended(id: string, code?: number): Promise<void> {
  const { State } = await until('it to stay ended', async () => ((one) => one.State.Status === 'exited' && one)(await inspect(id)))
  if (code !== undefined) expect(State.ExitCode).toBe(code)
}

test('no, the default: it ends', async () => {
  const { id, exit } = await obedient()
  await exit(1)
  await ended(id, 1)
  expect((await inspect(id)).RestartCount).toBe(0)
})

test.each(['always', 'unless-stopped'])('%s: whatever the exit code, until it is stopped by hand', async (policy) => {
  const { id, exit } = await obedient('--restart', policy)
  await exit(0)
  await restarts(id, 1)
  await exit(1)
  await restarts(id, 2)
  await until('it to run', async () => (await inspect(id)).State.Status === 'running')
  await daemon.ok('stop', '-t', '0', id)
  await ended(id)
  await daemon.ok('start', id)
  expect(await inspect(id)).toMatchObject({ RestartCount: 0, State: { Status: 'running' } })
  await exit(3)
  await restarts(id, 1)
})

test('on-failure: only then, and when counted, only so often', async () => {
  const uncounted = await obedient('--restart', 'on-failure')
  await uncounted.exit(1)
  await restarts(uncounted.id, 1)
  await uncounted.exit(0)
  await ended(uncounted.id, 0)
  const id = await daemon.ok('run', '-d', '--restart', 'on-failure:2', 'busybox', 'sh', '-c', 'exit 9')
  await ended(id, 9)
  expect((await inspect(id)).RestartCount).toBe(2)
})

test('a kill by hand is the end, too', async () => {
  const { id } = await obedient('--restart', 'always')
  await daemon.ok('kill', id)
  await ended(id, 137)
})

test('between two runs: what ps and inspect say', async () => {
  const id = await daemon.ok('run', '-d', '--restart', 'always', 'busybox', 'sh', '-c', 'exit 4')
  await until('a pause', async () => ((one) => one.RestartCount >= 3 && one.State.Status === 'restarting')(await inspect(id)))
  // The pause may be over before ps has looked: the next one is longer.
  await until('ps to say so', async () => /^Restarting \(4\) (Less than a second|\d+ seconds?) ago$/.test(await status(id)))
  await until('ps to find it', async () => (await daemon.ok('ps', '-q', '--no-trunc', '-f', 'status=restarting')).split('\n').includes(id))
  // A stop that meets a run ends that, with another exit code: it gets a pause that is fresh, and longer.
  const told = await inspect(id)
  await until('the next pause', async () =>
    ((one) => one.RestartCount > Math.max(5, told.RestartCount) && one.State.Status === 'restarting')(await inspect(id)),
  )
  await daemon.ok('stop', id)
  expect(await inspect(id)).toMatchObject({ State: { Status: 'exited', ExitCode: 4 } })
})

test('each pause is twice as long as the one before', async () => {
  const since = (Date.now() / 1000).toFixed(3)
  const id = await daemon.ok('run', '-d', '--restart', 'on-failure:4', 'busybox', 'false')
  await ended(id, 1)
  const { body } = await daemon.api(
    'GET',
    `/events?since=${since}&until=${(Date.now() / 1000).toFixed(3)}&filters={"container":["${id}"],"event":["start","die"]}`,
  )
  const times = body
    .trim()
    .split('\n')
    .map((line) => Number(/"timeNano":(\d+)/.exec(line)?.[1]) / 1e6)
  const pauses = times
    .slice(1)
    .filter((_, i) => i % 2 === 1)
    .map((time, i) => time - (times[2 * i + 1] ?? 0))
  expect(pauses.length).toBe(4)
  for (const [i, pause] of pauses.entries()) expect(pause).toBeGreaterThan(100 * 2 ** i - 5)
})

test('a start by hand between two runs does not disturb the policy', async () => {
  const id = await daemon.ok('run', '-d', '--restart', 'always', 'busybox', 'false')
  await until('a pause', async () => ((one) => one.RestartCount >= 2 && one.State.Status === 'restarting')(await inspect(id)))
  const { RestartCount } = await inspect(id)
  await daemon.api('POST', `/containers/${id}/start`)
  await until('the policy to go on', async () => (await inspect(id)).RestartCount > RestartCount)
  await daemon.ok('rm', '-f', id)
})

test('a removal between two runs is the end of it', async () => {
  const id = await daemon.ok('run', '-d', '--restart', 'always', 'busybox', 'false')
  await until('a pause', async () => (await inspect(id)).State.Status === 'restarting')
  await daemon.ok('rm', '-f', id)
  expect((await daemon.api('GET', `/containers/${id}/json`)).status).toBe(404)
})

test('in the foreground, the client ends with the first run', async () => {
  const { code, stdout } = await daemon.docker(['run', '--name', 'front', '--restart', 'always', 'busybox', 'sh', '-c', 'echo once; exit 5'])
  expect([code, stdout]).toEqual([5, 'once\n'])
  await daemon.ok('rm', '-f', 'front')
})
