import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundle } from '../../../build/bundle.ts'
import { runTool } from '../../../vm-assets/run-tool.ts'
import { RealVm } from '../../harness/real-vm.ts'
import { median } from '../case.ts'
import { cpuSeconds } from '../processes.ts'
import { makeBaseline } from './baseline-disk.ts'
import { type BootFigures, bootBaseline } from './baseline-machine.ts'
import { measureResume } from './resume.ts'
import { measureThroughput } from './throughput.ts'

/** `npm run bench:vm [-- --only boot|resume|throughput] [--rounds N]`, as root, on x86. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: 'string' }, rounds: { type: 'string' } } })
  const { only, rounds } = values
  const cases = ['boot', 'resume', 'throughput']
  if (only !== undefined && !cases.includes(only)) throw new Error(`there is no case "${only}": ${cases.join(', ')}`)
  const isWanted = (name: string) => only === undefined || only === name
  await bundle()
  if (isWanted('boot')) await measureBoot(Number(rounds ?? 3))
  if (isWanted('resume')) process.stdout.write(`${await measureResume(say, Number(rounds ?? 7))}\n`)
  if (isWanted('throughput')) process.stdout.write(`${await measureThroughput(say, Number(rounds ?? 15))}\n`)
}

/**
 * From power on to the first `docker info`, of our VM and of Debian with systemd and docker.io on the same kernel and in
 * the same QEMU, by turns. Both have been booted once before.
 */
async function measureBoot(rounds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'erbench-vm-'))
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  await using vm = await RealVm.create()
  await vm.build()
  await bootOurs(vm)
  await vm.snapshotOfEngine()
  const processor = await sameProcessor((await vm.status()).pid ?? 0)
  await stop(vm)
  say('making the disk of the baseline')
  const { disk, initrd, kernel } = await makeBaseline(folder)
  const [used, round] = [join(folder, 'used.qcow2'), join(folder, 'round.qcow2')]
  await overlay(disk, 'raw', used)
  const baseline = (path: string) => ({ disk: path, initrd, kernel, processor, folder })
  await bootBaseline(baseline(used), 'in order')
  const [ours, theirs]: BootFigures[][] = [[], []]
  for (let number = 1; number <= rounds; number++) {
    await overlay(used, 'qcow2', round)
    theirs?.push(await bootBaseline(baseline(round), 'at once'))
    ours?.push(await bootOurs(vm))
    await stop(vm)
    say(`round ${number}: baseline ${text(theirs?.at(-1))}, ours ${text(ours?.at(-1))}; load average ${loadavg()[0]?.toFixed(1)}`)
  }
  for (const figure of ['seconds', 'cpuSeconds'] as const) {
    const [a, b] = [ours, theirs].map((all) => median((all ?? []).map((one) => one[figure])))
    if (a !== undefined && b !== undefined) process.stdout.write(`${figure}: ours ${a.toFixed(1)}, baseline ${b.toFixed(1)}, ratio ${(a / b).toFixed(2)}\n`)
  }
}

async function bootOurs(vm: RealVm): Promise<BootFigures> {
  const startedAt = performance.now()
  await vm.start('--cpus', '1', '--share', 'none')
  await vm.ok('info')
  const seconds = (performance.now() - startedAt) / 1000
  return { seconds, cpuSeconds: await cpuSeconds([(await vm.status()).pid ?? 0]) }
}

/** What a running QEMU was told of accelerator, processor and kernel, for the baseline to have it, too. */
async function sameProcessor(pid: number): Promise<string[]> {
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')
  return ['-accel', '-cpu', '-append'].flatMap((flag) => [flag, words[words.indexOf(flag) + 1] ?? ''])
}

async function stop(vm: RealVm): Promise<void> {
  const { code, stderr } = await vm.vm(['stop'], { timeoutMs: 120_000 })
  if (code !== 0) throw new Error(stderr)
}

async function overlay(base: string, format: string, path: string): Promise<void> {
  await runTool('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', base, '-F', format, path])
}

function text(figures: BootFigures | undefined): string {
  return figures === undefined ? '' : `${figures.seconds.toFixed(1)} s (${figures.cpuSeconds.toFixed(1)} s of a processor)`
}

function say(words: string): void {
  process.stderr.write(`• ${words}\n`)
}

await main()
