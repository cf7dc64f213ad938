import { readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a process has open: paths, `socket:[…]`, `pipe:[…]`, and `… (deleted)` for files without a name. @see proc(5) */
export async function openFiles(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`
  const names = await Promise.all((await readdir(folder)).map((name) => readlink(join(folder, name)).catch(() => ''))) // Closed meanwhile.
  return names.filter((name) => name !== '')
}

/** The memory of a process that is in RAM now, in bytes. */
export function residentBytes(pid: number): Promise<number> {
  return memoryOf(pid, 'VmRSS')
}

/** The most memory that a process had in RAM at a time, all its threads together, in bytes. */
export function peakBytes(pid: number): Promise<number> {
  return memoryOf(pid, 'VmHWM')
}

/** From now on, {@link peakBytes} counts anew. @see proc(5), "/proc/pid/clear_refs" */
export function forgetPeak(pid: number): Promise<void> {
  return writeFile(`/proc/${pid}/clear_refs`, '5')
}

/** @see proc_pid_status(5) */
async function memoryOf(pid: number, name: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024
}
