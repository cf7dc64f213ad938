import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** Takes memory until it is stopped: `tail` keeps a line without an end. */
const GREEDY = 'tail /dev/zero'
const LIMITS = ['--memory', '16m', '--memory-swap', '16m']

test('a container over its limit is killed, and says so', async () => {
  const since = (Date.now() / 1000).toFixed(3)
  const { code } = await daemon.docker(['run', '--name', 'greedy', ...LIMITS, 'busybox', 'sh', '-c', `exec ${GREEDY}`])
  expect(code).toBe(137)
  expect(await daemon.ok('inspect', '-f', '{{.State.OOMKilled}} {{.State.ExitCode}} {{.State.Status}}', 'greedy')).toBe('true 137 exited')
  const actions = await daemon.ok('events', '--since', since, '--until', (Date.now() / 1000).toFixed(3), '-f', 'container=greedy', '--format', '{{.Action}}')
  expect(actions.split('\n').slice(-2)).toEqual(['oom', 'die'])
  expect(await daemon.ok('ps', '-a', '--format', '{{.Status}}', '-f', 'name=greedy')).toMatch(/^Exited \(137\)/)
})

test('a container whose child was killed lives on', async () => {
  const id = await daemon.ok('run', '-d', ...LIMITS, 'busybox', 'sh', '-c', `${GREEDY}; echo "child ended with $?"; sleep 1000`)
  await until('the child to be killed', async () => (await daemon.docker(['logs', id])).stdout.includes('child ended with 137'))
  expect(await daemon.ok('inspect', '-f', '{{.State.Status}}', id)).toBe('running')
})

test('the next run begins with a clean slate', async () => {
  const { Id } = (
    await daemon.api('POST', '/containers/create', {
      Image: 'busybox',
      Cmd: ['sh', '-c', `test -e /second && exit 0; touch /second; exec ${GREEDY}`],
      HostConfig: { Memory: 16 * 1024 * 1024, MemorySwap: 16 * 1024 * 1024 },
    })
  ).json<{ Id: string }>()
  await daemon.docker(['start', '-a', Id])
  expect(await daemon.ok('inspect', '-f', '{{.State.OOMKilled}}', Id)).toBe('true')
  await daemon.ok('start', '-a', Id)
  expect(await daemon.ok('inspect', '-f', '{{.State.OOMKilled}} {{.State.ExitCode}}', Id)).toBe('false 0')
})
