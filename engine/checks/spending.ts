import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { monitorMemory } from '../linux/monitor-memory.ts'

/** What the engine itself takes, without what containers do. */
export interface Spending {
  readonly uptimeSeconds: number
  /** Of the engine's process, since it started. */
  readonly cpuSeconds: number
  readonly memoryBytes: number
  /** One process stays with each container that runs. */
  readonly monitors: { readonly count: number; readonly memoryBytes: number }
  /** What the engine remembers: its database and its events. */
  readonly recordBytes: number
}

export async function spendingOf(dataRoot: string, runtimeRoot: string): Promise<Spending> {
  const { user, system } = process.cpuUsage()
  const [monitors, recordBytes] = await Promise.all([monitorMemory(runtimeRoot), sizeOfRecords(dataRoot)])
  return { uptimeSeconds: process.uptime(), cpuSeconds: (user + system) / 1e6, memoryBytes: process.memoryUsage.rss(), monitors, recordBytes }
}

async function sizeOfRecords(dataRoot: string): Promise<number> {
  const names = (await readdir(dataRoot)).filter((name) => /^(engine\.db|events\.jsonl)/.test(name))
  // The database's journal comes and goes.
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(dataRoot, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
