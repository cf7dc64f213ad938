import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineError } from '../errors.ts'
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
  { since: 6, insert: "INSERT INTO local_registry VALUES (1, '127.0.0.1:5000')", select: 'SELECT address FROM local_registry' },
  {
    since: 7,
    insert: "INSERT INTO layer VALUES ('sha256:2', '2', 'sha256:2', 'sha256:2', '', 0); INSERT INTO sent_layer VALUES ('sha256:2', 'sha256:3', 0)",
    select: 'SELECT digest FROM sent_layer',
  },
]

/** A data directory as the release with that schema left it. */
function writtenBy(version: number): void {
  mkdirSync(dirname(path), { recursive: true })
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

  it('of schema 4: a container that runs on keeps its place, and a network its addresses', () => {
    mkdirSync(dirname(path))
    const old = new Sqlite(path)
    for (const migration of migrations.slice(0, 4)) old.exec(migration)
    const put = (table: string, row: unknown[]) => old.prepare(`INSERT INTO ${table} VALUES (${row.map(() => '?').join(', ')})`).run(...row)
    put('network', ['n1', 'bridge', JSON.stringify({ id: 'n1', name: 'bridge', subnet: '172.17.0.0/16', gateway: '172.17.0.1', labels: {} })])
    put('network', ['n2', 'none', JSON.stringify({ id: 'n2', name: 'none', subnet: '', gateway: '' })])
    const published = [{ containerPort: 80, protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 8080 }]
    put('sandbox', ['c1', JSON.stringify({ sandboxId: 's1', endpoint: { networkId: 'n1', ipAddress: '172.17.0.2', dnsNames: [] }, published })])
    old.pragma('user_version = 4')
    old.close()
    const db = openDatabase(path)
    const specs = (table: string) =>
      db
        .prepare<[], { spec: string }>(`SELECT spec FROM ${table}`)
        .all()
        .map(({ spec }) => JSON.parse(spec))
    expect(specs('network')).toMatchObject([
      { id: 'n1', labels: {}, pools: [{ subnet: '172.17.0.0/16', gateway: '172.17.0.1', ipRange: '', auxAddresses: {} }], hasIPv6: false },
      { id: 'n2', pools: [] },
    ])
    expect(specs('sandbox')).toEqual([
      {
        sandboxId: 's1',
        endpoints: [
          {
            networkId: 'n1',
            ipAddress: '172.17.0.2',
            index: 0,
            ipv6Address: '',
            ipv6PrefixLength: 0,
            ipv6Gateway: '',
            linkLocalAddresses: [],
            isPlugged: true,
          },
        ],
        published,
      },
    ])
    db.close()
  })

  it('of the present schema is left alone', () => {
    writtenBy(migrations.length)
    openDatabase(path).close()
    const db = openDatabase(path)
    for (const { select } of ROWS) expect(db.prepare(select).all()).toHaveLength(1)
    db.close()
  })

  it('is kept as it was before its schema changes, once, for its owner alone', () => {
    writtenBy(3)
    openDatabase(path).close()
    const copy = new Sqlite(`${path}.schema-3`)
    expect(copy.pragma('user_version', { simple: true })).toBe(3)
    for (const { since, select } of ROWS) if (since <= 3) expect(copy.prepare(select).all()).toHaveLength(1)
    copy.close()
    expect(statSync(`${path}.schema-3`).mode & 0o777).toBe(0o600)
    openDatabase(path).close()
    expect(copies()).toEqual(['engine.db.schema-3'])
  })

  it('that is new has nothing to keep', () => {
    openDatabase(path).close()
    expect(copies()).toEqual([])
  })

  it('of which the last version was kept keeps no older one, nor half of one', () => {
    writtenBy(5)
    for (const name of ['schema-2', 'schema-5.partial']) writeFileSync(`${path}.${name}`, '')
    openDatabase(path).close()
    expect(copies()).toEqual(['engine.db.schema-5'])
  })

  it('of a newer Engineroom is not touched', () => {
    const bytes = makeNewer()
    expect(() => openDatabase(path)).toThrow(
      new EngineError(
        'conflict',
        `The data directory was written by a newer Engineroom (schema ${migrations.length + 1}, this one knows ${migrations.length}). Update Engineroom, or use another --data-root.`,
      ),
    )
    expect(readFileSync(path).equals(bytes)).toBe(true)
  })

  it('of a newer Engineroom that kept what we wrote: the way back is told, and works', () => {
    writtenBy(migrations.length)
    renameSync(path, `${path}.schema-${migrations.length}`)
    makeNewer()
    expect(() => openDatabase(path)).toThrow(`What it was before that is in ${path}.schema-${migrations.length}: put in the place of engine.db,`)
    renameSync(`${path}.schema-${migrations.length}`, path)
    rmSync(`${path}-wal`, { force: true })
    const db = openDatabase(path)
    for (const { select } of ROWS) expect(db.prepare(select).all()).toHaveLength(1)
    db.close()
  })

  /** @returns its bytes, which say nothing to an older version but their own */
  function makeNewer(): Buffer {
    mkdirSync(dirname(path), { recursive: true })
    const db = new Sqlite(path)
    db.pragma('journal_mode = WAL')
    db.exec('CREATE TABLE of_tomorrow (word TEXT)')
    db.pragma(`user_version = ${migrations.length + 1}`)
    db.close()
    return readFileSync(path)
  }

  function copies(): string[] {
    return readdirSync(dirname(path)).filter((name) => name.includes('schema'))
  }

  it('has a table of the tests for every table of the schema', () => {
    const db = openDatabase(path)
    const tables = db
      .prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all()
      .map(({ name }) => name)
    expect(tables.sort()).toEqual(['container', 'image', 'image_layer', 'image_name', 'layer', 'local_registry', 'network', 'sandbox', 'sent_layer', 'volume'])
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
