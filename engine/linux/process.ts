import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { hasCode } from '../errors.ts'

export const SIGKILL = constants.signals.SIGKILL

/** Sends a signal; false when there is no such process. */
export function sendSignal(pid: number, signal: number): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false
    throw error
  }
}

/** Whether a process with this pid lives (a zombie does not). */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
    return state !== 'Z' && state !== 'X'
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return false
    throw error
  }
}

/** Whether `pid` is inside the cgroup: a pid that was reused by a stranger is not. */
export async function isInCgroup(pid: number, cgroupPath: string): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/cgroup`, 'utf8')).includes(cgroupPath)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return false
    throw error
  }
}

const REALTIME_MIN = 34
const REALTIME_MAX = 64

/** The number of a signal given as `9`, `KILL`, `SIGKILL` or `RTMIN+3`; undefined when there is none. @see signal(7) */
export function signalNumber(text: string): number | undefined {
  if (/^\d+$/.test(text)) {
    const value = Number(text)
    return value >= 1 && value <= REALTIME_MAX ? value : undefined
  }
  const name = text.toUpperCase().replace(/^SIG/, '')
  const known = (constants.signals as Readonly<Record<string, number>>)[`SIG${name}`]
  if (known !== undefined) return known
  const realtime = /^RT(MIN|MAX)(?:([+-])(\d+))?$/.exec(name)
  if (!realtime) return undefined
  const value = (realtime[1] === 'MIN' ? REALTIME_MIN : REALTIME_MAX) + (realtime[2] === '-' ? -1 : 1) * Number(realtime[3] ?? 0)
  return value >= REALTIME_MIN && value <= REALTIME_MAX ? value : undefined
}
