import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { forgetPeak, peakBytes } from '../harness/open-files.ts'
import { delayText, type LoopDelay, loopDelay, watchEventLoops } from './event-loop.ts'
import type { Packing } from './gigabyte-image.ts'
import { ServedGigabyte } from './served-gigabyte.ts'

const ROUNDS = 3

interface Pull {
  readonly packing: Packing
  readonly seconds: number
  readonly loop: LoopDelay
  readonly peakMb: number
}

/**
 * Pulls of an image of 1 GB in ten layers by our daemon alone: how much memory it has at most, and how long its event loop
 * is held up, so that others wait.
 * @returns a table that reads the same on a terminal and in Markdown
 */
export async function measureGigabyte(say: (text: string) => void): Promise<string> {
  watchEventLoops()
  const pulls: Pull[] = []
  for (const packing of ['gzip', 'plain'] as const) {
    say(`gigabyte: the image, ${packing}`)
    await using served = await ServedGigabyte.start(packing)
    for (let round = 1; round <= ROUNDS; round++) {
      say(`gigabyte: pull ${round} of ${ROUNDS}, ${packing}`)
      // What an earlier pull has left in memory would hide what this one needs.
      await using daemon = await startDaemon({ withBusybox: false })
      pulls.push(await pull(daemon, served.name, packing))
    }
  }
  return tableOf(pulls)
}

async function pull(daemon: TestDaemon, name: string, packing: Packing): Promise<Pull> {
  await loopDelay(daemon)
  await forgetPeak(daemon.pid)
  const begun = performance.now()
  const { code, stderr } = await daemon.docker(['pull', '-q', name], { timeoutMs: 600_000 })
  if (code !== 0) throw new Error(stderr)
  const seconds = (performance.now() - begun) / 1000
  return { packing, seconds, loop: await loopDelay(daemon), peakMb: (await peakBytes(daemon.pid)) / 1024 / 1024 }
}

function tableOf(pulls: readonly Pull[]): string {
  const head = ['pull of 1 GB, 10 layers', 'all', 'most memory', 'event loop held up: median / p99 / max']
  const rows = pulls.map(({ packing, seconds, peakMb, loop }) => [packing, `${seconds.toFixed(1)} s`, `${peakMb.toFixed(0)} MB`, `${delayText(loop)} ms`])
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
