import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { hasCode } from '../errors.ts'
import { cgroupVersion, controllerRoot } from './cgroups.ts'

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

/** Stops every process of a cgroup where it stands. @see kernel Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst */
export async function freeze(cgroupPath: string): Promise<void> {
  await setFrozen(cgroupPath, true)
}

export async function thaw(cgroupPath: string): Promise<void> {
  await setFrozen(cgroupPath, false)
}

async function setFrozen(cgroupPath: string, isFrozen: boolean): Promise<void> {
  if (cgroupVersion() === 2) {
    await writeFile(join(controllerRoot('freezer'), cgroupPath, 'cgroup.freeze'), isFrozen ? '1' : '0')
    return
  }
  const path = join(controllerRoot('freezer'), cgroupPath, 'freezer.state')
  const wanted = isFrozen ? 'FROZEN' : 'THAWED'
  // Freezing takes a while when processes are in the kernel; writing again is the documented way to insist.
  for (let attempt = 0; attempt < 500; attempt++) {
    await writeFile(path, wanted)
    if ((await readFile(path, 'utf8')).trim() === wanted) return
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error(`the kernel did not set ${path} to ${wanted} within a second`)
}
