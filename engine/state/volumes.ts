import type { Statement } from 'better-sqlite3'
import type { Database } from './database.ts'

/** `volume`: one row per volume; its name, and JSON of the rest. The data is a folder of the same name. */
export class VolumeRepository {
  readonly #insert: Statement<[name: string, spec: string]>
  readonly #delete: Statement<[name: string]>
  readonly #all: Statement<[], { spec: string }>

  constructor(db: Database) {
    this.#insert = db.prepare('INSERT INTO volume (name, spec) VALUES (?, ?)')
    this.#delete = db.prepare('DELETE FROM volume WHERE name = ?')
    this.#all = db.prepare('SELECT spec FROM volume ORDER BY name')
  }

  all(): string[] {
    return this.#all.all().map(({ spec }) => spec)
  }

  insert(name: string, spec: string): void {
    this.#insert.run(name, spec)
  }

  delete(name: string): void {
    this.#delete.run(name)
  }
}
