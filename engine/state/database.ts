import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import { migrations } from './migrations/index.ts'

export type Database = Sqlite.Database

/**
 * Opens the engine's database and brings its schema up to date.
 *
 * WAL with `synchronous=FULL`: an intent that was acknowledged survives a power cut. Facts that the
 * kernel can tell again (a pid, an exit code) may be written inside {@link relaxed}.
 * @throws Error when the file was written by a newer version
 */
export function openDatabase(path: string): Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o710 })
  const db = new Sqlite(path)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.pragma('foreign_keys = ON')
  migrate(db)
  return db
}

/** Runs one transaction without waiting for the disk. For facts that reconcile can find again. */
export function relaxed<T>(db: Database, work: () => T): T {
  db.pragma('synchronous = NORMAL')
  try {
    return work()
  } finally {
    db.pragma('synchronous = FULL')
  }
}

function migrate(db: Database): void {
  const current = db.pragma('user_version', { simple: true }) as number
  if (current > migrations.length) {
    throw new Error(
      `The data directory was written by a newer Engineroom (schema ${current}, this one knows ${migrations.length}). Update Engineroom, or use another --data-root.`,
    )
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < current) continue
    db.transaction(() => {
      db.exec(migration)
      db.pragma(`user_version = ${index + 1}`)
    })()
  }
}
