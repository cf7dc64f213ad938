import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'

interface Cpu {
  readonly cpu_usage: { readonly total_usage: number; readonly usage_in_usermode: number }
  readonly system_cpu_usage?: number
  readonly online_cpus?: number
  readonly throttling_data: Readonly<Record<string, number>>
}

interface Stats {
  readonly name: string
  readonly id: string
  readonly read: string
  readonly preread: string
  readonly cpu_stats: Cpu
  readonly precpu_stats: Cpu
  readonly memory_stats: { readonly usage?: number; readonly limit?: number; readonly stats?: Readonly<Record<string, number>> }
  readonly pids_stats: { readonly current?: number; readonly limit?: number }
  readonly blkio_stats: Readonly<Record<string, unknown>>
  readonly networks?: Readonly<Record<string, Readonly<Record<string, number>>>>
}

const ZERO_TIME = '0001-01-01T00:00:00Z'
const LIMIT = 64 * 1024 * 1024

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
  await daemon.ok('run', '-d', '--name', 'busy', '--memory', `${LIMIT}`, '--pids-limit', '50', 'busybox', 'sh', '-c', 'while :; do :; done')
  await daemon.ok('run', '-d', '--name', 'idle', '--network', 'none', 'busybox', 'sleep', '1000')
  await daemon.ok('create', '--name', 'stopped', 'busybox')
})
afterAll(() => daemon[Symbol.asyncDispose]())

const once1 = async (name: string, query = 'stream=0') => (await daemon.api('GET', `/containers/${name}/stats?${query}`)).json<Stats>()

/** Opens a stream; its lines come one by one. */
async function open(name: string, path = `/containers/${name}/stats`): Promise<{ response: IncomingMessage; lines: AsyncIterator<string>; close(): void }> {
  const outgoing = request({ socketPath: daemon.socketPath, path }).end()
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  response.on('error', () => undefined) // We hang up ourselves.
  return { response, lines: createInterface(response)[Symbol.asyncIterator](), close: () => outgoing.destroy() }
}

async function next(lines: AsyncIterator<string>): Promise<Stats> {
  const { value, done } = await lines.next()
  if (done) throw new Error('the stream ended')
  return JSON.parse(value) as Stats
}

test('one answer compares two moments', async () => {
  const stats = await once1('busy')
  expect(stats.name).toBe('/busy')
  expect(stats.id).toHaveLength(64)
  expect(new Date(stats.preread).getTime()).toBeLessThan(new Date(stats.read).getTime())
  expect(stats.cpu_stats.cpu_usage.total_usage).toBeGreaterThan(stats.precpu_stats.cpu_usage.total_usage)
  expect(stats.cpu_stats.system_cpu_usage).toBeGreaterThan(stats.precpu_stats.system_cpu_usage ?? Infinity)
  expect(stats.cpu_stats.online_cpus).toBeGreaterThan(0)
  expect(stats.memory_stats.limit).toBe(LIMIT)
  expect(stats.memory_stats.usage).toBeGreaterThan(0)
  const keys = Object.keys(stats.memory_stats.stats ?? {})
  expect(keys.includes('total_inactive_file') || keys.includes('inactive_file')).toBe(true)
  expect(stats.pids_stats).toEqual({ current: 1, limit: 50 })
  expect(Object.keys(stats.blkio_stats)).toContain('io_service_bytes_recursive')
})

test('one shot answers at once with nothing to compare, and cannot be a stream', async () => {
  const stats = await once1('busy', 'stream=0&one-shot=1')
  expect(stats.preread).toBe(ZERO_TIME)
  expect(stats.precpu_stats.cpu_usage.total_usage).toBe(0)
  expect(stats.cpu_stats.cpu_usage.total_usage).toBeGreaterThan(0)
  const both = await daemon.api('GET', '/containers/busy/stats?one-shot=1')
  expect([both.status, both.json()]).toEqual([400, { message: 'cannot have stream=true and one-shot=true' }])
})

test('networks are those of the container: none without one, counted with one', async () => {
  expect(await once1('idle', 'stream=0&one-shot=1')).not.toHaveProperty('networks')
  const before = (await once1('busy', 'stream=0&one-shot=1')).networks?.eth0
  expect(Object.keys(before ?? {})).toEqual(['rx_bytes', 'rx_packets', 'rx_errors', 'rx_dropped', 'tx_bytes', 'tx_packets', 'tx_errors', 'tx_dropped'])
  const gateway = await daemon.ok('inspect', '-f', '{{.NetworkSettings.Gateway}}', 'busy')
  await daemon.ok('exec', 'busy', 'ping', '-c', '1', '-s', '1000', gateway)
  const after = (await once1('busy', 'stream=0&one-shot=1')).networks?.eth0
  expect((after?.tx_bytes ?? 0) - (before?.tx_bytes ?? 0)).toBeGreaterThanOrEqual(1000)
  expect((after?.rx_bytes ?? 0) - (before?.rx_bytes ?? 0)).toBeGreaterThanOrEqual(1000)
})

test('a container that does not run has nothing but its name', async () => {
  expect(await once1('stopped')).toMatchObject({
    name: '/stopped',
    read: ZERO_TIME,
    preread: ZERO_TIME,
    num_procs: 0,
    pids_stats: {},
    memory_stats: {},
    storage_stats: {},
  })
  expect((await daemon.api('GET', '/containers/nobody/stats')).json()).toEqual({ message: 'No such container: nobody' })
})

test('a stream goes through stop and start, and ends with the container', async () => {
  await daemon.ok('create', '--name', 'brief', '--network', 'none', 'busybox', 'sleep', '1000')
  const { response, lines } = await open('brief')
  expect(response.headers['content-type']).toBe('application/json')
  expect((await next(lines)).read).toBe(ZERO_TIME)
  await daemon.ok('start', 'brief')
  const running = await until('a sample of the running container', async () => {
    const stats = await next(lines)
    return stats.read !== ZERO_TIME && stats.preread !== ZERO_TIME && stats
  })
  expect(running.pids_stats.current).toBe(1)
  await daemon.ok('kill', 'brief')
  await until('an empty sample again', async () => (await next(lines)).read === ZERO_TIME)
  await daemon.ok('rm', 'brief')
  for (;;) if ((await lines.next()).done) break
})

test('two streams of one container see the same samples', async () => {
  const [one, two] = await Promise.all([open('idle'), open('idle')])
  const times = async ({ lines }: typeof one) => [await next(lines), await next(lines), await next(lines)].map(({ read }) => read)
  const [first, second] = await Promise.all([times(one), times(two)])
  // One of the two may have begun later.
  expect(first.filter((time) => second.includes(time)).length).toBeGreaterThanOrEqual(2)
  one.close()
  two.close()
})

test('docker stats shows what it is made for', async () => {
  const format = '{{.Name}}|{{.CPUPerc}}|{{.MemUsage}}|{{.NetIO}}|{{.PIDs}}'
  const look = async () => {
    const rows = (await daemon.ok('stats', '--no-stream', '--format', format, 'busy', 'idle', 'stopped')).split('\n').map((row) => row.split('|'))
    return (name: string) => rows.find(([first]) => first === name) ?? []
  }
  // On a busy machine it gets little in one second, and more in another.
  const row = await until('the busy one to be seen busy', async () => ((one) => Number.parseFloat(one('busy')[1] ?? '') > 5 && one)(await look()))
  expect(row('busy')[2]).toMatch(/^[\d.]+[KM]iB \/ 64MiB$/)
  expect(row('busy')[3]).toMatch(/B \/ /)
  expect(row('busy')[4]).toBe('1')
  expect(Number.parseFloat(row('idle')[1] ?? '')).toBeLessThan(5)
  expect(row('idle')[3]).toBe('0B / 0B')
  expect(row('stopped').slice(1)).toEqual(['0.00%', '0B / 0B', '0B / 0B', '0'])
})

test('docker stats without names follows what is started', async () => {
  const table = await daemon.ok('stats', '--no-stream')
  expect(table).toContain('busy')
  expect(table).not.toContain('stopped')
})

test('several over one connection: each that runs is told, one that is gone or stands still is not', async () => {
  await daemon.ok('run', '-d', '--name', 'passing', '--network', 'none', 'busybox', 'sleep', '1000')
  const ids = (await daemon.ok('inspect', '-f', '{{.Id}}', 'idle', 'passing', 'stopped')).split('\n')
  const { lines, close } = await open('', `/engineroom/v1/stats?${ids.map((id) => `container=${id}`).join('&')}`)
  const seen = new Set<string>()
  await until('a comparison of both that run', async () => {
    const { name, preread } = await next(lines)
    if (preread !== ZERO_TIME) seen.add(name)
    return seen.size === 2
  })
  expect([...seen].toSorted()).toEqual(['/idle', '/passing'])
  await daemon.ok('rm', '-f', 'passing')
  const later = [await next(lines), await next(lines), await next(lines)].map(({ name }) => name)
  expect(later.slice(1)).toEqual(['/idle', '/idle'])
  close()
  expect((await daemon.api('GET', '/engineroom/v1/stats')).status).toBe(400)
})
