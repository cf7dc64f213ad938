import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PATIENCE_MS, RealVm } from '../harness/real-vm.ts'
import { until } from '../harness/until.ts'

/** What a VM spends of this computer. */
let vm: RealVm

beforeAll(async () => {
  vm = await RealVm.create()
  await vm.prepare('--cpus', '1', '--share', 'none')
})
afterAll(() => vm?.[Symbol.asyncDispose]())

test('while nothing runs it takes less than 3 % of a processor, and of the guest less than 120 MB are used', async () => {
  const { pid = 0 } = await vm.status()
  // What was begun before has come to its end.
  await vm.snapshotOfEngine()
  await until('a calm second', async () => (await cpuOver(pid, 1_000)) < 0.03, PATIENCE_MS)
  const share = await cpuOver(pid, 60_000)
  const memory = await vm.ok('run', '--rm', 'busybox', 'cat', '/proc/meminfo')
  const bytesOf = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(memory)?.[1]) * 1024
  // What would not be given up when somebody else needs it.
  const usedBytes = bytesOf('MemTotal') - bytesOf('MemFree') - bytesOf('Cached') - bytesOf('Buffers') - bytesOf('SReclaimable')
  process.stdout.write(`idle: ${(share * 100).toFixed(2)} % of a processor; ${(usedBytes / 1e6).toFixed(0)} MB of the guest's memory\n`)
  expect(share).toBeLessThan(0.03)
  expect(usedBytes).toBeLessThan(120e6)
})

/** The part of a processor that a process takes. */
async function cpuOver(pid: number, ms: number): Promise<number> {
  const [before, from] = [await cpuSeconds(pid), performance.now()]
  await delay(ms)
  return ((await cpuSeconds(pid)) - before) / ((performance.now() - from) / 1000)
}

/** In steps of 10 ms. @see proc_pid_stat(5) */
async function cpuSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(') ') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
