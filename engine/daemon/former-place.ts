import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode, messageOf } from '../errors.ts'
import { removeEmptyCgroup } from '../linux/cgroups.ts'
import type { Log } from '../log.ts'
import { forgetNames } from '../networks/forget-names.ts'

/** What the daemon's things in the kernel are called after: four hex digits that are stable for a data root. */
export function shortNameOf(dataRoot: string): string {
  return createHash('sha256').update(dataRoot).digest('hex').slice(0, 4)
}

/** Below the data root. */
const EXEC_ROOT = 'exec-root'

/** Writes down where the engine of this data has its runtime state, for who moves the data while no engine runs. */
export function noteExecRoot(dataRoot: string, execRoot: string, log: Log): void {
  if (notedExecRoot(dataRoot) === execRoot) return
  try {
    writeFileSync(join(dataRoot, EXEC_ROOT), `${execRoot}\n`)
  } catch (error) {
    // Whoever starts on a full disk wants to remove some of what is there.
    if (!hasCode(error, 'ENOSPC')) throw error
    log.warn('the runtime state of this engine stays when its data is moved while it does not run: that could not be noted', { error: messageOf(error) })
  }
}

/** @returns undefined when no engine has written it down */
export function notedExecRoot(dataRoot: string): string | undefined {
  try {
    return readFileSync(join(dataRoot, EXEC_ROOT), 'utf8').trim() || undefined
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Where the data was no container runs any more: what is left of the engine there in the kernel, and of its runtime state, is nobody's. */
export async function forgetPlace(execRoot: string, dataRoot: string): Promise<void> {
  const shortName = shortNameOf(dataRoot)
  await forgetNames(shortName)
  await removeEmptyCgroup(`/engineroom/${shortName}`)
  await rm(join(execRoot, shortName), { recursive: true, force: true })
}
