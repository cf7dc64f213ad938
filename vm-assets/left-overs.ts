import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode, messageOf } from '../engine/errors.ts'

/** Of things that say nothing of who made them, as those of earlier versions do. */
const OLD_MS = 24 * 60 * 60_000

/** What was being unpacked when its builder was killed may still be written to for a moment. */
const REMOVE = { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }

/** This process, as a part of a name: its pid, and when it began, so that a pid that was given out anew is not taken for it. */
export async function ownerName(): Promise<string> {
  return `${process.pid}-${await beginOf(process.pid)}`
}

/**
 * Removes what builds that were killed have left in a folder, and nothing of those that go on.
 * @param prefix what begins the names of such things; then comes {@link ownerName}
 * @param say told of what could not be removed, which keeps nobody from building
 */
export async function removeLeftOvers(folder: string, prefix: RegExp, say: (text: string) => void): Promise<void> {
  for (const name of await readdir(folder)) {
    const [begin] = prefix.exec(name) ?? []
    if (begin === undefined || (await isInUse(folder, name, name.slice(begin.length)))) continue
    await rm(join(folder, name), REMOVE).catch((error: unknown) => say(`what an earlier build has left could not be removed: ${messageOf(error)}`))
  }
}

async function isInUse(folder: string, name: string, rest: string): Promise<boolean> {
  const [, pid, begin] = /^(\d+)-(\d+)(?:-|$)/.exec(rest) ?? []
  if (pid !== undefined) return (await beginOf(Number(pid))) === begin
  try {
    return Date.now() - (await stat(join(folder, name))).mtimeMs < OLD_MS
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return true // Another build was quicker.
    throw error
  }
}

/** When a process began, in ticks since the computer did. @returns undefined when there is no such process. @see proc_pid_stat(5), field 22 */
async function beginOf(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8')
    // After the command's name, which may have spaces of its own, comes the state: Z is one that has ended.
    const [state = '', ...fields] = text.slice(text.lastIndexOf(') ') + 2).split(' ')
    return state === 'Z' ? undefined : fields[18]
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined
    throw error
  }
}
