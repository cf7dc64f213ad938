import { appendFileSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import { migrate } from './migrate.ts'
import { onRoomyDisk } from './roomy-disk.ts'

export type Database = Sqlite.Database

/** The journal is written into the database when it has this many pages, and begins anew. */
const CHECKPOINT_PAGES = 256
const PAGE_BYTES = 4096
/** What the journal needs until then, and the largest transaction after it. */
const JOURNAL_BYTES = (CHECKPOINT_PAGES + 64) * PAGE_BYTES
/** Free pages in the database itself, for rows that grow. */
const SPARE_PAGES = 64

/**
 * Opens the engine's database and brings its schema up to date.
 *
 * WAL with `synchronous=FULL`: an intent that was acknowledged survives a power cut. Facts that the
 * kernel can tell again (a pid, an exit code) may be written inside {@link relaxed}.
 *
 * Removing things must work on a full disk, and begins with a write: so the journal and some pages have their space
 * beforehand. The caller owns the folder, no other process reads here.
 * @throws EngineError when the file was written by a newer version
 */
export function openDatabase(path: string): Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o710 })
  const db = new Sqlite(path)
  // Without a second process the journal's index stays in memory, and needs no space at all.
  db.pragma('locking_mode = EXCLUSIVE')
  db.pragma('journal_mode = WAL')
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
  db.pragma('synchronous = FULL')
  db.pragma('foreign_keys = ON')
  migrate(db)
  reservePages(db)
  reserveJournal(path)
  return db
}

/** SQLite removes its journal when it is closed; the space stays ours for the next start. */
export function closeDatabase(db: Database): void {
  const path = db.name
  db.close()
  reserveJournal(path)
}

/** Zeros at the journal's end say nothing: SQLite reads up to the first frame that is none, and overwrites from there. */
function reserveJournal(path: string): void {
  const journal = `${path}-wal`
  const missing = JOURNAL_BYTES - (statSync(journal, { throwIfNoEntry: false })?.size ?? 0)
  if (missing > 0) onRoomyDisk(() => appendFileSync(journal, Buffer.alloc(missing), { mode: 0o600 }))
}

/** What was deleted leaves free pages behind. */
function reservePages(db: Database): void {
  if ((db.pragma('freelist_count', { simple: true }) as number) >= SPARE_PAGES / 2) return
  onRoomyDisk(() =>
    db.transaction(() => {
      db.exec('CREATE TABLE spare (bytes BLOB)')
      db.prepare('INSERT INTO spare VALUES (zeroblob(?))').run(SPARE_PAGES * PAGE_BYTES)
      db.exec('DROP TABLE spare')
    })(),
  )
  onRoomyDisk(() => db.pragma('wal_checkpoint(RESTART)'))
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
