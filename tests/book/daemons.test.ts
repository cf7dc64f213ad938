import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { sendLine } from '../harness/tcp.ts'
import { until } from '../harness/until.ts'

/**
 * The chapter's technique 2, "running Docker containers as daemons", with an image of our own in place of Hub's. The
 * busybox of Debian takes the port of `nc` as `-p 1234`.
 */
let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

const statusOf = (name: string, ...more: string[]) => daemon.ok('ps', ...more, '--filter', `name=^${name}$`, '--format', '{{.Status}}')
const restartCountOf = async (name: string) => Number(await daemon.ok('inspect', '-f', '{{.RestartCount}}', name))

describe('technique 2: run a container as a daemon', () => {
  test('a line sent to its port appears in its logs, and it goes on after the client has left', async () => {
    const id = await daemon.ok('run', '-d', '-i', '-p', '1234:1234', '--name', 'daemon', 'busybox', 'nc', '-l', '-p', '1234')
    expect(id).toMatch(/^[0-9a-f]{64}$/)
    await sendLine(1234, 'hello daemon')
    await until('the line in the logs', async () => (await daemon.ok('logs', 'daemon')) === 'hello daemon')
    await until('nc to end with its connection', async () => (await statusOf('daemon', '-a')).startsWith('Exited (0)'))
    await daemon.ok('rm', 'daemon')
    expect(await daemon.ok('ps', '-aq')).toBe('')
  })

  test('restart policy "no", the default, lets an ended container rest', async () => {
    await daemon.ok('run', '-d', '--name', 'no', '--restart=no', 'busybox', 'echo', 'done')
    await daemon.ok('run', '-d', '--name', 'default', 'busybox', 'echo', 'done')
    await daemon.ok('wait', 'no', 'default')
    expect(await daemon.ok('ps', '-q')).toBe('')
    expect(await statusOf('no', '-a')).toMatch(/^Exited \(0\) (\d+|Less than a) seconds? ago$/)
    expect(await restartCountOf('default')).toBe(0)
  })

  test('restart policy "always" starts it again and again; ps shows it between two runs', async () => {
    await daemon.ok('run', '-d', '--name', 'always', '--restart=always', 'busybox', 'echo', 'done')
    expect(await until('ps to show the wait', async () => /^Restarting \(0\) .* ago$/.exec(await statusOf('always'))?.[0])).toMatch(
      /^Restarting \(0\) (\d+ seconds|1 second|Less than a second) ago$/,
    )
    await until('three runs in the logs', async () => (await daemon.ok('logs', 'always')).startsWith('done\ndone\ndone'))
    expect(await restartCountOf('always')).toBeGreaterThanOrEqual(2)
    await daemon.ok('rm', '-f', 'always')
  })

  test('restart policy "always" brings back a stopped container with the daemon, "unless-stopped" does not', async () => {
    for (const policy of ['always', 'unless-stopped']) {
      for (const name of ['stopped', 'running']) await daemon.ok('run', '-d', '--name', `${policy}-${name}`, `--restart=${policy}`, 'busybox', 'sleep', '1000')
    }
    await daemon.ok('stop', '-t', '0', 'always-stopped', 'unless-stopped-stopped')
    expect(await statusOf('always-stopped')).toBe('')
    await daemon.stop()
    await daemon.start()
    await until('the stopped one that restarts always', async () => (await statusOf('always-stopped')).startsWith('Up '))
    expect(await statusOf('always-running')).toMatch(/^Up /)
    expect(await statusOf('unless-stopped-running')).toMatch(/^Up /)
    expect(await statusOf('unless-stopped-stopped', '-a')).toMatch(/^Exited \(137\)/)
    await daemon.removeAllContainers()
  })

  test('restart policy "on-failure:10" restarts a failure, with its code in ps, and leaves a success alone', async () => {
    await daemon.ok('run', '-d', '--name', 'failing', '--restart=on-failure:10', 'busybox', '/bin/false')
    await daemon.ok('run', '-d', '--name', 'succeeding', '--restart=on-failure:10', 'busybox', '/bin/true')
    await until('ps to show a longer wait', async () => /^Restarting \(1\) [2-9] seconds ago$/.test(await statusOf('failing')))
    expect(await restartCountOf('failing')).toBeGreaterThanOrEqual(3)
    expect(await statusOf('succeeding', '-a')).toMatch(/^Exited \(0\)/)
    expect(await restartCountOf('succeeding')).toBe(0)
    await daemon.ok('rm', '-f', 'failing', 'succeeding')
  })

  test('restart policy "on-failure" gives up after as many restarts as it was given', async () => {
    await daemon.ok('run', '-d', '--name', 'twice', '--restart=on-failure:2', 'busybox', '/bin/false')
    await until('the end of its tries', async () => (await statusOf('twice', '-a')).startsWith('Exited (1)'))
    expect(await restartCountOf('twice')).toBe(2)
  })
})
