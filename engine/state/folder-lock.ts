import { join } from 'node:path'
import Sqlite from 'better-sqlite3'

/**
 * Takes a folder for this process alone. The lock is SQLite's own on an empty file in it, so the kernel lifts it when
 * the process ends, however it ends.
 * @returns undefined when another process has the folder
 */
export function lockFolder(folder: string): Disposable | undefined {
  const lock = new Sqlite(join(folder, 'lock'), { timeout: 0 })
  try {
    // Nothing is ever written, so there is nothing to keep a journal of.
    lock.pragma('journal_mode = MEMORY')
    lock.exec('BEGIN EXCLUSIVE')
    return { [Symbol.dispose]: () => void lock.close() }
  } catch (error) {
    lock.close()
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined
    throw error
  }
}
