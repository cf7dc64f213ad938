import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { losePower } from '../../harness/reboot.ts'
import { until } from '../../harness/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

const runs = (name: string, ...flags: string[]) => daemon.ok('run', '-d', '--name', name, '--stop-signal', 'KILL', ...flags, 'busybox', 'sleep', '1000')
const field = (name: string, path: string) => daemon.ok('inspect', '-f', `{{${path}}}`, name)

test('after the machine has lost its power, each container is as its restart policy says, and all else is as it was', async () => {
  await daemon.ok('network', 'create', 'net')
  await runs('always', '--restart', 'always', '--network', 'net', '-v', 'vol:/data')
  await daemon.ok('exec', 'always', 'sh', '-c', 'echo kept >/data/f; echo own >/own; sync')
  await runs('always-stopped', '--restart', 'always')
  await runs('unless', '--restart', 'unless-stopped', '-p', '127.0.0.1::80')
  await runs('unless-stopped', '--restart', 'unless-stopped')
  await runs('on-failure', '--restart', 'on-failure:3')
  await runs('plain')
  await runs('paused')
  await daemon.ok('create', '--name', 'fresh', '--restart', 'always', 'busybox')
  await daemon.ok('stop', 'always-stopped', 'unless-stopped')
  await daemon.ok('pause', 'paused')

  await losePower(daemon)
  await daemon.start()

  for (const name of ['always', 'always-stopped', 'unless', 'on-failure']) {
    await until(`${name} to run`, async () => (await field(name, '.State.Status')) === 'running')
  }
  expect(await field('unless-stopped', '.State.Status')).toBe('exited')
  for (const name of ['plain', 'paused'])
    expect(JSON.parse(await field(name, 'json .State'))).toMatchObject({ Status: 'exited', ExitCode: 255, Paused: false, Pid: 0 })
  expect(await field('fresh', '.State.Status')).toBe('created')
  expect(await daemon.ok('exec', 'always', 'cat', '/data/f', '/own')).toBe('kept\nown')
  expect(await daemon.ok('exec', 'always', 'cat', '/etc/resolv.conf')).toContain('nameserver 127.0.0.11')
  expect(await daemon.ok('port', 'unless')).toMatch(/^80\/tcp -> 127\.0\.0\.1:\d+$/)
  await daemon.ok('start', 'plain')
  expect(await daemon.ok('exec', 'plain', 'echo', 'runs')).toBe('runs')
})
