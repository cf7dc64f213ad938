import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { hasCode } from '../errors.ts'
import { isAlive } from '../linux/process.ts'
import { ConfigurationError } from './configuration-error.ts'

/**
 * Writes the daemon's process id, and removes the file when disposed of.
 * @throws ConfigurationError when a living daemon has the file
 */
export function claimPidfile(path: string): Disposable {
  const owner = ownerOf(path)
  if (owner !== undefined && owner !== process.pid && isAlive(owner) && isDaemon(owner)) {
    throw new ConfigurationError(
      `the daemon is already running as process ${owner} (${path}); stop it first, or give this one its own --exec-root and --pidfile`,
    )
  }
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${process.pid}\n`)
  return { [Symbol.dispose]: () => rmSync(path, { force: true }) }
}

function ownerOf(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8'))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** A pid that was given to another program since. */
function isDaemon(pid: number): boolean {
  try {
    return /daemon/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return false
    throw error
  }
}
