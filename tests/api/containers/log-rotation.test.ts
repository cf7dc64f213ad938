import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { client } from '../../harness/session.ts'
import { until } from '../../harness/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

const options = (values: Record<string, string>) => Object.entries(values).flatMap(([name, value]) => ['--log-opt', `${name}=${value}`])

/** A container that counts as told: `N M` on its input lets it write the numbers from N to M. It begins with 0. */
async function counter(values: Record<string, string>) {
  const id = await daemon.ok('create', '-i', ...options(values), 'busybox', 'sh', '-c', 'while read from to; do seq $from $to; done')
  const attached = client(daemon, 'start', '-a', '-i', id)
  const count = async (from: number, to: number) => {
    attached.type(`${from} ${to}\n`)
    await attached.shows(new RegExp(`^${to}$`, 'm'))
  }
  await count(0, 0)
  return { id, count, [Symbol.asyncDispose]: () => attached[Symbol.asyncDispose]() }
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => String(from + i))
const logPath = (id: string) => daemon.ok('inspect', '-f', '{{.LogPath}}', id)

/** The numbered files of a log. */
async function segments(id: string): Promise<string[]> {
  const path = await logPath(id)
  return (await readdir(dirname(path))).filter((name) => /^\.\d+(\.gz)?$/.test(name.replace(basename(path), '')))
}

describe('a log that is rotated', () => {
  test('is whole, for those who read it later and for those who follow, and its tail crosses files', async () => {
    await using container = await counter({ 'max-size': '20k', 'max-file': '1000' })
    const { id } = container
    await using follower = client(daemon, 'logs', '-f', id)
    for (let from = 1; from <= 2001; from += 500) {
      await container.count(from, from + 499)
      await follower.shows(new RegExp(`^${from + 499}$`, 'm'))
      await until('the log to be rotated', async () => (await stat(await logPath(id))).size < 20_000)
    }
    expect((await segments(id)).length).toBeGreaterThanOrEqual(5)
    expect((await daemon.ok('logs', id)).split('\n')).toEqual(numbers(0, 2500))
    expect((await daemon.ok('logs', '--tail', '1700', id)).split('\n')).toEqual(numbers(801, 2500))
    await daemon.ok('kill', id)
    expect(await follower.ended).toBe(0)
    expect(follower.stdout.trimEnd().split('\n')).toEqual(numbers(0, 2500))
  })

  test('keeps no more than max-file files, the newest', async () => {
    await using container = await counter({ 'max-size': '10k', 'max-file': '2' })
    const { id } = container
    for (let from = 1; from <= 1201; from += 300) {
      await container.count(from, from + 299)
      await until('the log to be rotated', async () => (await stat(await logPath(id))).size < 10_000)
    }
    await until('the others to be removed', async () => (await segments(id)).length === 2)
    const left = (await daemon.ok('logs', id)).split('\n')
    expect(left).toEqual(numbers(1501 - left.length, 1500))
    expect(left.length).toBeLessThan(1500)
  })

  test('compresses what is complete, and reads it all the same', async () => {
    await using container = await counter({ 'max-size': '10k', 'max-file': '9', compress: 'true' })
    const { id } = container
    await container.count(1, 300)
    await until(
      'a file to be compressed',
      async () => (await segments(id)).filter((name) => name.endsWith('.gz')).length === 1 && (await segments(id)).length === 2,
    )
    await container.count(301, 310)
    await until('all to be written', async () => (await daemon.ok('logs', '--tail', '1', id)) === '310')
    expect((await daemon.ok('logs', id)).split('\n')).toEqual(numbers(0, 310))
    expect((await daemon.ok('logs', '--tail', '100', id)).split('\n')).toEqual(numbers(211, 310))
    await daemon.ok('restart', '-t', '0', id)
    expect((await daemon.ok('logs', id)).split('\n')).toEqual(numbers(0, 310))
  })

  test('goes on where it was when the daemon is killed in between, and loses nothing', async () => {
    const script = 'i=0; while :; do seq $((i*100+1)) $((i*100+100)); i=$((i+1)); sleep 0.05; done'
    const id = await daemon.ok('run', '-d', ...options({ 'max-size': '10k', 'max-file': '1000' }), 'busybox', 'sh', '-c', script)
    for (let kills = 1; kills <= 3; kills++) {
      await until('more to be rotated', async () => (await segments(id)).length > 3 * kills)
      await daemon.stop('SIGKILL')
      await daemon.start()
    }
    await daemon.ok('kill', id)
    await daemon.ok('wait', id)
    // The last number may be cut off.
    const written = (await daemon.ok('logs', id)).split('\n').slice(0, -1)
    expect(written).toEqual(numbers(1, written.length))
    expect(written.length).toBeGreaterThan(1000)
    expect((await readdir(join(daemon.dataRoot, 'containers', id))).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
})
