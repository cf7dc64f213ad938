import { PATIENCE_MS, RealVm } from '../../harness/real-vm.ts'
import { median } from '../case.ts'

interface ResumeFigures {
  /** From `vm start` as it is typed to the answer of `docker info`. */
  readonly seconds: number
  /** Until the socket is open, less what QEMU takes to read what the guest had in memory. */
  readonly besideQemu: number
  readonly qemu: number
}

/** `vm start` of a VM that is suspended. @returns medians, with the least and the most */
export async function measureResume(say: (words: string) => void, rounds: number): Promise<string> {
  await using vm = await RealVm.create()
  await vm.build()
  await vm.start('--cpus', '1', '--share', 'none')
  await vm.ok('info')
  await vm.snapshotOfEngine()
  const all: ResumeFigures[] = []
  for (let round = 1; round <= rounds; round++) {
    const { code, stderr } = await vm.vm(['suspend'], { timeoutMs: PATIENCE_MS })
    if (code !== 0) throw new Error(stderr)
    const figures = await resumeOnce(vm)
    all.push(figures)
    say(
      `round ${round}: ${figures.seconds.toFixed(2)} s until docker info; QEMU ${figures.qemu.toFixed(1)} s, the rest until the socket is open ${figures.besideQemu.toFixed(2)} s`,
    )
  }
  const row = (what: string, of: (figures: ResumeFigures) => number) => {
    const values = all.map(of)
    return `${what}: ${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)}) s`
  }
  return [
    row('vm start and docker info', ({ seconds }) => seconds),
    row('QEMU reads what the guest had in memory', ({ qemu }) => qemu),
    row('the rest, until the socket is open', ({ besideQemu }) => besideQemu),
  ].join('\n')
}

async function resumeOnce(vm: RealVm): Promise<ResumeFigures> {
  const startedAt = performance.now()
  const told = await vm.start()
  const toSocket = (performance.now() - startedAt) / 1000
  await vm.ok('info')
  const seconds = (performance.now() - startedAt) / 1000
  const qemu = Number(/([\d.]+) s of it by QEMU/.exec(told)?.[1])
  return { seconds, qemu, besideQemu: toSocket - qemu }
}
