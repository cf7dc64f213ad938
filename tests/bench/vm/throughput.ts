import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PATIENCE_MS, RealVm } from '../../harness/real-vm.ts'
import { freePort } from '../../harness/tcp.ts'
import { until } from '../../harness/until.ts'
import { median } from '../case.ts'
import { monitoredQemu } from './monitored-qemu.ts'
import { askOnOpen, askWeb, receiveFrom, SERVER, sendTo, WEB } from './transfers.ts'

interface Ways {
  /** Of the server that gives, takes and echoes. */
  readonly server: number
  readonly web: number
}

interface Transfer {
  readonly what: string
  readonly unit: 'MB/s' | 'requests/s'
  readonly measure: (ways: Ways) => Promise<number>
}

/** Each takes a fraction of a second: what else the machine does is then spread over both. */
const TRANSFERS: readonly Transfer[] = [
  { what: 'into the guest, one connection', unit: 'MB/s', measure: ({ server }) => sendTo(server, 1, 200) },
  { what: 'into the guest, 20 connections', unit: 'MB/s', measure: ({ server }) => sendTo(server, 20, 10) },
  { what: 'out of the guest, one connection', unit: 'MB/s', measure: ({ server }) => receiveFrom(server, 1, 200) },
  { what: 'out of the guest, 20 connections', unit: 'MB/s', measure: ({ server }) => receiveFrom(server, 20, 10) },
  { what: 'a byte there and back, one open connection', unit: 'requests/s', measure: ({ server }) => askOnOpen(server, 1, 200) },
  { what: 'the same, 20 open connections', unit: 'requests/s', measure: ({ server }) => askOnOpen(server, 20, 20) },
  { what: 'HTTP, one kept connection', unit: 'requests/s', measure: ({ web }) => askWeb(web, 'kept', 1, 50) },
  { what: 'the same, a connection each', unit: 'requests/s', measure: ({ web }) => askWeb(web, 'anew', 1, 20) },
  { what: 'the same, 20 at a time', unit: 'requests/s', measure: ({ web }) => askWeb(web, 'anew', 20, 3) },
]

/** A program of the guest's own, in a container. */
const IN_GUEST = ['--privileged', '--pid', 'host', 'busybox', 'chroot', '/proc/1/root']

/**
 * The way of a published port, from this computer's port to the container, against a plain `hostfwd` of QEMU's to the same
 * port of the same guest, by turns.
 * @returns a table of medians, with the least and the most
 */
export async function measureThroughput(say: (words: string) => void, rounds: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'erbench-vm-'))
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const qemu = await monitoredQemu(folder)
  await using vm = await RealVm.create()
  await vm.build()
  const started = await vm.vm(['start', '--assets', vm.image, '--memory', '1g', '--disk', '8g', '--share', 'none'], {
    env: { PATH: qemu.path },
    timeoutMs: PATIENCE_MS,
  })
  if (started.code !== 0) throw new Error(started.stderr)
  await vm.loadBusybox()
  const ours = { server: await freePort(), web: await freePort() }
  const publish = (port: number, inner: number) => ['-p', `127.0.0.1:${port}:${inner}`]
  await vm.ok('run', '-d', ...publish(ours.server, 7000), 'busybox', 'nc', '-ll', '-p', '7000', '-e', 'sh', '-c', SERVER)
  await vm.ok('run', '-d', ...publish(ours.web, 80), ...IN_GUEST, 'node', '-e', WEB)
  const monitor = await qemu.connect(AbortSignal.timeout(PATIENCE_MS))
  undo.defer(() => monitor.close())
  const plain = { server: await freePort(), web: await freePort() }
  const rules = await vm.ok('run', '--rm', '--network', 'host', ...IN_GUEST, '/usr/sbin/nft', 'list', 'ruleset')
  const lead = (port: number, inner: number) =>
    monitor.execute('human-monitor-command', { 'command-line': `hostfwd_add net0 tcp:127.0.0.1:${port}-:${publishedIn(rules, inner)}` })
  await lead(plain.server, 7000)
  await lead(plain.web, 80)
  await until('both servers on both ways', () =>
    Promise.all([ours, plain].map((ways) => Promise.all([askOnOpen(ways.server, 1, 1), askWeb(ways.web, 'anew', 1, 1)]))),
  )
  const rows: string[] = []
  for (const { what, unit, measure } of TRANSFERS) {
    const [mine, theirs]: number[][] = [[], []]
    for (let round = 0; round < rounds; round++) {
      mine?.push(await measure(ours))
      theirs?.push(await measure(plain))
    }
    const row = rowOf(what, unit, mine ?? [], theirs ?? [])
    say(row)
    rows.push(row)
  }
  return [`| | ours | plain hostfwd | ours ÷ plain |`, '|---|---|---|---|', ...rows].join('\n')
}

/** @param rules of the guest's firewall @returns the port of the guest's that leads to a container's */
function publishedIn(rules: string, containerPort: number): number {
  const found = new RegExp(`(\\d+) : [\\d.]+ \\. ${containerPort}\\b`).exec(rules)?.[1]
  if (found === undefined) throw new Error(`nothing leads to port ${containerPort}:\n${rules}`)
  return Number(found)
}

function rowOf(what: string, unit: string, ours: readonly number[], plain: readonly number[]): string {
  const show = (rates: readonly number[]) => `${median(rates).toFixed(0)} (${Math.min(...rates).toFixed(0)}–${Math.max(...rates).toFixed(0)}) ${unit}`
  return `| ${what} | ${show(ours)} | ${show(plain)} | ${(median(ours) / median(plain)).toFixed(2)} |`
}
