import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { codeOf } from '../../errors.ts'

/** What a process spends of the host. */
export interface ProcessUsage {
  readonly memoryBytes: number
  readonly cpuSeconds: number
}

/** @returns undefined where it cannot be told (Windows), or when the process is gone */
export async function processUsage(pid: number): Promise<ProcessUsage | undefined> {
  if (process.platform === 'win32' || pid === 0) return undefined
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=,time=', '-p', String(pid)])
    return parsePs(stdout)
  } catch {
    return undefined // No such process, or no ps: what is not known is not shown.
  }
}

/** ` 1234 01:02:03`, on macOS ` 1234   0:01.25`. @see ps(1) */
export function parsePs(text: string): ProcessUsage | undefined {
  const [, kibibytes, days = '0', clock] = /^\s*(\d+)\s+(?:(\d+)-)?([\d:.]+)\s*$/.exec(text) ?? []
  if (kibibytes === undefined || clock === undefined) return undefined
  const seconds = clock.split(':').reduce((total, part) => total * 60 + Number(part), 0)
  return { memoryBytes: Number(kibibytes) * 1024, cpuSeconds: Number(days) * 86_400 + seconds }
}

/** A sparse file takes less than it is long. @see stat(2) st_blocks */
export async function bytesOnDisk(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).blocks * 512
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
