import { chmodSync, closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { EngineError } from '../errors.ts'
import type { Database } from './database.ts'
import { migrations } from './migrations/index.ts'
import { onRoomyDisk } from './roomy-disk.ts'

/**
 * Brings the schema up to date, one version after the other, each whole or not at all. What an earlier version wrote is kept beside
 * it first, as {@link copyPath}: the way back for who has to go back.
 * @throws EngineError when the file was written by a newer version; it is left as it is
 */
export function migrate(db: Database): void {
  const current = db.pragma('user_version', { simple: true }) as number
  if (current > migrations.length) throw new EngineError('conflict', newerMessage(db.name, current))
  if (current === migrations.length) return
  if (current > 0) keepCopy(db, current)
  for (const [index, migration] of migrations.entries()) {
    if (index < current) continue
    db.transaction(() => {
      db.exec(migration)
      db.pragma(`user_version = ${index + 1}`)
    })()
  }
}

function newerMessage(path: string, schema: number): string {
  const known = migrations.length
  const copy = copies(path)
    .filter((version) => version <= known)
    .at(-1)
  const wayBack =
    copy === undefined
      ? ''
      : ` What it was before that is in ${copyPath(path, copy)}: put in the place of ${basename(path)}, without ${basename(path)}-wal beside it, it is opened, and what was made since is not known any more.`
  return `The data directory was written by a newer Engineroom (schema ${schema}, this one knows ${known}). Update Engineroom, or use another --data-root.${wayBack}`
}

/** Only the last version's: one before it has an engine that nobody goes back to. On a full disk there is none. */
function keepCopy(db: Database, version: number): void {
  const path = copyPath(db.name, version)
  const partial = `${path}.partial`
  rmSync(partial, { force: true })
  try {
    onRoomyDisk(() => {
      db.prepare('VACUUM INTO ?').run(partial)
      chmodSync(partial, 0o600)
      const file = openSync(partial, 'r')
      fsyncSync(file)
      closeSync(file)
      renameSync(partial, path)
    })
  } finally {
    rmSync(partial, { force: true })
  }
  for (const other of copies(db.name)) if (other !== version) rmSync(copyPath(db.name, other))
}

function copyPath(path: string, version: number): string {
  return `${path}.schema-${version}`
}

/** Versions of which there are copies, ascending. */
function copies(path: string): number[] {
  const prefix = `${basename(path)}.schema-`
  const found = readdirSync(dirname(path)).filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
  return found.map((name) => Number(name.slice(prefix.length))).sort((a, b) => a - b)
}
