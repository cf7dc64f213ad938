import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../errors.ts'
import { controllerRoot } from './cgroups.ts'

/** The processes of a cgroup and of those nested in it; none when there is no such cgroup. */
export async function pidsOf(cgroupPath: string): Promise<number[]> {
  return pidsBelow(join(controllerRoot('pids'), cgroupPath))
}

async function pidsBelow(folder: string): Promise<number[]> {
  try {
    const own = (await readFile(join(folder, 'cgroup.procs'), 'utf8')).split('\n').filter(Boolean).map(Number)
    const nested = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory())
    return [...own, ...(await Promise.all(nested.map((entry) => pidsBelow(join(folder, entry.name))))).flat()]
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV')) return []
    throw error
  }
}
