import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { residentBytes } from '../harness/open-files.ts'
import { Many } from '../scale/many.ts'
import { median } from './case.ts'
import { delayText, type LoopDelay, loopDelay, watchEventLoops } from './event-loop.ts'

const COUNT = 300
/** Of the bridge: a network that holds them all. */
const ADDRESS = '10.215.0.1/22'
const RESTARTS = 3
const LISTS = 40
const STATS_LINES = 5

/** What one kind of work did to the daemon. */
interface Phase {
  readonly name: string
  readonly totalMs: number
  /** One for each request; empty where there is no such thing. */
  readonly eachMs: readonly number[]
  readonly loop: LoopDelay
  readonly residentMb: number
}

/**
 * Many containers on our daemon alone: how long each kind of work takes, how long the event loop is held up by it, and how
 * much memory the daemon has afterwards. Fails when anything is left in the end.
 * @returns a table that reads the same on a terminal and in Markdown
 */
export async function measureScale(say: (text: string) => void): Promise<string> {
  watchEventLoops()
  await using daemon = await startDaemon({ flags: ['--bip', ADDRESS] })
  const many = new Many(daemon)
  const phases: Phase[] = []
  const phase = async (name: string, work: () => Promise<readonly number[]>) => {
    say(`scale: ${name}`)
    phases.push(await measured(daemon, name, work))
  }
  await phase('create', () => many.create(COUNT))
  await phase('start', () => many.start())
  await phase(`list all, ${LISTS} times`, () => many.list(LISTS))
  await phase(`stats of all, ${STATS_LINES} s`, async () => {
    await many.watchStats(STATS_LINES)
    return []
  })
  await phase('daemon restart to a true list', () => restarts(daemon, many))
  await phase('stop', () => many.stop())
  await phase('remove', () => many.remove())
  const left = await daemon.traces()
  if (left.length > 0) throw new Error(`left behind:\n${left.join('\n')}`)
  return tableOf(phases)
}

async function restarts(daemon: TestDaemon, many: Many): Promise<number[]> {
  const durations: number[] = []
  for (let round = 0; round < RESTARTS; round++) {
    await daemon.stop()
    const begun = performance.now()
    await daemon.start()
    if ((await many.running()) !== COUNT) throw new Error('the list after a restart is not true')
    durations.push(performance.now() - begun)
  }
  return durations
}

async function measured(daemon: TestDaemon, name: string, work: () => Promise<readonly number[]>): Promise<Phase> {
  await loopDelay(daemon)
  const begun = performance.now()
  const eachMs = await work()
  const totalMs = performance.now() - begun
  return { name, totalMs, eachMs, loop: await loopDelay(daemon), residentMb: (await residentBytes(daemon.pid)) / 1024 / 1024 }
}

function tableOf(phases: readonly Phase[]): string {
  const head = [`${COUNT} containers`, 'all', 'each: min / median / max', 'event loop held up: median / p99 / max', 'memory after']
  const rows = phases.map(({ name, totalMs, eachMs, loop, residentMb }) => [
    name,
    `${(totalMs / 1000).toFixed(1)} s`,
    eachMs.length > 0 ? `${[Math.min(...eachMs), median(eachMs), Math.max(...eachMs)].map((ms) => ms.toFixed(0)).join(' / ')} ms` : '',
    `${delayText(loop)} ms`,
    `${residentMb.toFixed(0)} MB`,
  ])
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
