import { readFile, rm } from 'node:fs/promises'
import type { TestDaemon } from '../harness/daemon.ts'
import { until } from '../harness/until.ts'

/** How long the event loop was held up, in milliseconds. */
export interface LoopDelay {
  readonly median: number
  readonly p99: number
  readonly max: number
}

/** Every daemon that is started from now on measures its event loop. @see tests/scale/loop-delay.ts */
export function watchEventLoops(): void {
  process.env.NODE_OPTIONS = `--import=${new URL('../scale/loop-delay.ts', import.meta.url)}`
  process.env.LOOP_DELAY_FILE = `/tmp/erbench-loop-${process.pid}`
}

/** Since it was last asked for. */
export async function loopDelay(daemon: TestDaemon): Promise<LoopDelay> {
  const path = process.env.LOOP_DELAY_FILE ?? ''
  await rm(path, { force: true })
  process.kill(daemon.pid, 'SIGUSR2')
  return until('the daemon to tell of its event loop', async () => JSON.parse(await readFile(path, 'utf8')) as LoopDelay)
}

/** `1 / 9 / 25` */
export function delayText({ median, p99, max }: LoopDelay): string {
  return [median, p99, max].map((ms) => ms.toFixed(0)).join(' / ')
}
