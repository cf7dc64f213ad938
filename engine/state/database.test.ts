import { mkdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, relaxed } from './database.ts'
import { migrations } from './migrations/index.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-state-'))
  path = join(folder, 'deep', 'engine.db')
})
afterEach(() => rm(folder, { recursive: true }))

/** Rows as each schema version could hold them; `since` is the version that made the table. */
const ROWS = [
  {
    since: 1,
    insert: "INSERT INTO container VALUES ('c1', 'web', '2026-11-24T10:00:00Z', 'sha256:1', '{}', '{}', NULL)",
    select: 'SELECT name FROM container',
  },
  { since: 2, insert: "INSERT INTO image VALUES ('sha256:1', NULL, NULL)", select: 'SELECT id FROM image' },
  { since: 3, insert: "INSERT INTO network VALUES ('n1', 'net', '{}')", select: 'SELECT name FROM network' },
  { since: 4, insert: "INSERT INTO volume VALUES ('v1', '{}')", select: 'SELECT name FROM volume' },
]

/** A data directory as the release with that schema left it. */
function writtenBy(version: number): void {
  mkdirSync(dirname(path))
  const db = new Sqlite(path)
  for (const migration of migrations.slice(0, version)) db.exec(migration)
  for (const { since, insert } of ROWS) if (since <= version) db.exec(insert)
  db.pragma(`user_version = ${version}`)
  db.close()
}

describe('a data directory', () => {
  it('that is new gets the present schema', () => {
    const db = openDatabase(path)
    expect(db.pragma('user_version', { simple: true })).toBe(migrations.length)
    db.close()
  })

  it.each(migrations.map((_, index) => index))('of schema %d is brought up to date with what it holds', (version) => {
    writtenBy(version)
    const db = openDatabase(path)
    expect(db.pragma('user_version', { simple: true })).toBe(migrations.length)
    for (const { since, select } of ROWS) expect(db.prepare(select).all(), select).toHaveLength(since <= version ? 1 : 0)
    db.close()
  })

  it('of the present schema is left alone', () => {
    writtenBy(migrations.length)
    openDatabase(path).close()
    const db = openDatabase(path)
    for (const { select } of ROWS) expect(db.prepare(select).all()).toHaveLength(1)
    db.close()
  })

  it('of a newer Engineroom is not touched', () => {
    writtenBy(migrations.length)
    const db = new Sqlite(path)
    db.pragma(`user_version = ${migrations.length + 1}`)
    db.close()
    expect(() => openDatabase(path)).toThrow('The data directory was written by a newer Engineroom')
  })

  it('has a table of the tests for every table of the schema', () => {
    const db = openDatabase(path)
    const tables = db
      .prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all()
      .map(({ name }) => name)
    expect(tables.sort()).toEqual(['container', 'image', 'image_layer', 'image_name', 'layer', 'network', 'sandbox', 'volume'])
    db.close()
  })
})

describe('what is acknowledged', () => {
  it('waits for the disk, except inside relaxed', () => {
    const db = openDatabase(path)
    const FULL = 2
    const NORMAL = 1
    const level = () => db.pragma('synchronous', { simple: true })
    expect(level()).toBe(FULL)
    expect(relaxed(db, level)).toBe(NORMAL)
    expect(() =>
      relaxed(db, () => {
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(level()).toBe(FULL)
    db.close()
  })

  it('a layer that an image holds cannot go', () => {
    const db = openDatabase(path)
    db.exec(
      "INSERT INTO layer VALUES ('chain', 'folder', 'diff', 'blob', 'type', 1); INSERT INTO image VALUES ('i', NULL, NULL); INSERT INTO image_layer VALUES ('i', 'chain')",
    )
    expect(() => db.exec('DELETE FROM layer')).toThrow('FOREIGN KEY constraint failed')
    db.exec('DELETE FROM image; DELETE FROM layer')
    db.close()
  })
})
