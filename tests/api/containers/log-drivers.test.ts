import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { startFailing } from '../daemon/failing-start.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon({ flags: ['--log-driver', 'local', '--log-opt', 'max-size=5m', '--log-opt', 'max-file=3'] })
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** A container that has written `hi` and ended. */
async function said(...flags: string[]): Promise<string> {
  const id = await daemon.ok('run', '-d', ...flags, 'busybox', 'echo', 'hi')
  await daemon.ok('wait', id)
  return id
}

const configOf = async (id: string) => JSON.parse(await daemon.ok('inspect', '-f', '{{json .HostConfig.LogConfig}}', id)) as unknown
const logPathOf = (id: string) => daemon.ok('inspect', '-f', '{{.LogPath}}', id)

describe('the driver of the daemon', () => {
  test('is that of containers that name none, with its options', async () => {
    const id = await said('--log-opt', 'max-file=7')
    expect(await configOf(id)).toEqual({ Type: 'local', Config: { 'max-size': '5m', 'max-file': '7' } })
    expect(await daemon.ok('logs', id)).toBe('hi')
  })

  test('is told by docker info, with those that there are', async () => {
    expect(await daemon.ok('info', '-f', '{{.LoggingDriver}} {{.Plugins.Log}}')).toBe('local [json-file local]')
  })

  test.each([
    [['--log-driver', 'nosuch'], 'failed to set log opts: error looking up logging plugin nosuch: plugin "nosuch" not found'],
    [['--log-driver', 'local', '--log-opt', 'a'], "failed to set log opts: unknown log opt 'a' for log driver local"],
  ])('is refused before anything starts: %o', async (flags, message) => {
    const none = `${daemon.root}/none`
    const { code, stderr } = await startFailing('-H', `unix://${none}/s`, '--data-root', `${none}/data`, '--exec-root', `${none}/exec`, ...flags)
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)])
  })
})

describe('the driver of a container', () => {
  test('json-file has a file that others may read, and none of the options of another driver', async () => {
    const id = await said('--log-driver', 'json-file')
    expect(await configOf(id)).toEqual({ Type: 'json-file', Config: {} })
    expect(await logPathOf(id)).toMatch(/^\//)
  })

  test('local keeps its file to itself, and says no details', async () => {
    const id = await said('-l', 'a=b')
    expect(await logPathOf(id)).toBe('')
    expect((await daemon.docker(['logs', '--details', id])).stdout).toBe(' hi\n')
  })

  test('none keeps nothing, and shows what is written while one is attached', async () => {
    const id = await said('--log-driver', 'none')
    expect(await daemon.docker(['logs', id])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Error response from daemon: configured logging driver does not support reading\n',
    })
    expect(await daemon.ok('run', '--log-driver', 'none', 'busybox', 'echo', 'hi')).toBe('hi')
  })

  test('is refused at create when there is none such', async () => {
    const { code, stderr } = await daemon.docker(['create', '--log-driver', 'syslog', 'busybox'])
    expect([code, stderr]).toEqual([1, 'Error response from daemon: error looking up logging plugin syslog: plugin "syslog" not found\n'])
  })

  test('is refused at start when a value is wrong, and so are its logs', async () => {
    const id = await daemon.ok('create', '--log-driver', 'json-file', '--log-opt', 'max-size=abc', 'busybox')
    const started = await daemon.api('POST', `/containers/${id}/start`)
    expect([started.status, started.json()]).toEqual([500, { message: "failed to initialize logging driver: invalid size: 'abc'" }])
    expect(await daemon.ok('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', id)).toBe('created 128')
    const logs = await daemon.api('GET', `/containers/${id}/logs?stdout=1`)
    expect([logs.status, logs.json()]).toEqual([500, { message: "invalid size: 'abc'" }])
  })
})

test('--details shows labels, environment and tag, sorted', async () => {
  const options = ['labels-regex=^l', 'env=A', 'tag={{.Name}}'].flatMap((option) => ['--log-opt', option])
  const id = await said('--name', 'tagged', '-l', 'l=x y', '-e', 'A=1', '--log-driver', 'json-file', ...options)
  expect((await daemon.docker(['logs', '--details', id])).stdout).toBe('A=1,l=x+y,tag=tagged hi\n')
})
