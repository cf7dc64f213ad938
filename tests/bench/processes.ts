import { readdir, readFile } from 'node:fs/promises'

/** Clock ticks per second of /proc/PID/stat; the kernel's constant on every machine that we know. @see proc(5) */
const TICKS_PER_SECOND = 100

/** The command line of every process, or of these. Those that end meanwhile are left out. */
export async function commandsOf(pids?: readonly number[]): Promise<Map<number, string[]>> {
  const all = pids ?? (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const commands = await Promise.all(all.map(async (pid): Promise<[number, string[]]> => [pid, (await readProc(pid, 'cmdline')).split('\0')]))
  return new Map(commands.filter(([, [program]]) => program !== ''))
}

export async function descendantsOf(ancestor: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const parents = new Map(await Promise.all(pids.map(async (pid): Promise<[number, number]> => [pid, Number((await statOf(pid))[1])])))
  const below = (pid: number): number[] => pids.filter((one) => parents.get(one) === pid).flatMap((one) => [one, ...below(one)])
  return below(ancestor)
}

/** Resident memory of these processes together, in MB of 1024². @see proc(5) VmRSS */
export async function residentMb(pids: readonly number[]): Promise<number> {
  const sizes = await Promise.all(pids.map(async (pid) => Number(/VmRSS:\s+(\d+) kB/.exec(await readProc(pid, 'status'))?.[1] ?? 0)))
  return sizes.reduce((sum, kb) => sum + kb, 0) / 1024
}

/** Processor time that these processes have used so far, in seconds. */
export async function cpuSeconds(pids: readonly number[]): Promise<number> {
  const ticks = await Promise.all(
    pids.map(async (pid) => {
      const fields = await statOf(pid)
      return Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
    }),
  )
  return ticks.reduce((sum, one) => sum + one, 0) / TICKS_PER_SECOND
}

/** The fields of /proc/PID/stat after the name, which may hold spaces: state, parent, … utime (11), stime (12). */
async function statOf(pid: number): Promise<string[]> {
  const text = await readProc(pid, 'stat')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** Empty for a process that has ended. */
function readProc(pid: number, name: string): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')
}
