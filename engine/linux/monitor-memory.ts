import { readdir, readFile } from 'node:fs/promises'
import { hasCode } from '../errors.ts'

/** What conmon's processes take that hold containers of one engine. */
export interface MonitorMemory {
  readonly count: number
  /** Resident, pages that they share counted for each. */
  readonly memoryBytes: number
}

/** @param runtimeRoot as it is on their command lines */
export async function monitorMemory(runtimeRoot: string): Promise<MonitorMemory> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = (await Promise.all(pids.map((pid) => residentBytes(pid, runtimeRoot)))).filter((bytes) => bytes !== undefined)
  return { count: found.length, memoryBytes: found.reduce((sum, bytes) => sum + bytes, 0) }
}

/** @returns undefined for what is no monitor of that engine. @see proc_pid_status(5) */
async function residentBytes(pid: string, runtimeRoot: string): Promise<number | undefined> {
  try {
    if ((await readFile(`/proc/${pid}/comm`, 'utf8')) !== 'conmon\n') return undefined
    if (!(await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes(`${runtimeRoot}/`)) return undefined
    const kilobytes = /^VmRSS:\s*(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined // It has ended meanwhile.
    throw error
  }
}
