import { readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'

/** What a process has open: paths, `socket:[…]`, `pipe:[…]`, and `… (deleted)` for files without a name. @see proc(5) */
export async function openFiles(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`
  const names = await Promise.all((await readdir(folder)).map((name) => readlink(join(folder, name)).catch(() => ''))) // Closed meanwhile.
  return names.filter((name) => name !== '')
}

/** The memory of a process that is in RAM now, in bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}
