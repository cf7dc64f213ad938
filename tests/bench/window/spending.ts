import { readFile } from 'node:fs/promises'
import { setTimeout as after } from 'node:timers/promises'
import type { Desktop } from '../../e2e/harness/desktop.ts'
import type { TestDaemon } from '../../harness/daemon.ts'
import { cpuSeconds, descendantsOf } from '../processes.ts'

/** What was begun is done by then. */
const SETTLE_MS = 5000

/** The app's processes: the main one, and all that it has started. */
async function appProcesses(pid: number): Promise<number[]> {
  return [pid, ...(await descendantsOf(pid))]
}

/** The page's process, in MB of 1024²: all that is resident of it, what it shares with others among it. */
export async function pageMemoryMb({ app }: Desktop): Promise<number> {
  const kb = await app.evaluate((electron) => electron.app.getAppMetrics().find(({ type }) => type === 'Tab')?.memory.workingSetSize ?? 0)
  return kb / 1024
}

/** All of the app's processes, in MB of 1024²: what several share is counted once. @see proc(5) smaps_rollup, Pss */
export async function appMemoryMb(pid: number): Promise<number> {
  const texts = await Promise.all((await appProcesses(pid)).map((pid) => readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')))
  return texts.reduce((sum, text) => sum + Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0), 0) / 1024
}

/** Processor time over some seconds, in percent of one core: the app's, and its engine's. */
export async function idleShares(pid: number, daemon: TestDaemon, seconds: number): Promise<{ readonly app: number; readonly engine: number }> {
  await after(SETTLE_MS)
  const spent = async () => ({
    app: await cpuSeconds(await appProcesses(pid)),
    engine: await cpuSeconds([daemon.pid, ...(await descendantsOf(daemon.pid))]),
  })
  const before = await spent()
  const begun = performance.now()
  await after(seconds * 1000)
  const now = await spent()
  const percent = (cpu: number) => (100 * cpu) / ((performance.now() - begun) / 1000)
  return { app: percent(now.app - before.app), engine: percent(now.engine - before.engine) }
}
