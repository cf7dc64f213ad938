import type { Statement } from 'better-sqlite3'
import { type Database, relaxed } from './database.ts'

/**
 * The `container` table: one row per container that exists.
 *
 *   id, name (unique), created_at, image_id   to find it by
 *   spec    JSON: what should be (ContainerSpec)
 *   state   JSON: what was last known to be (ContainerState); the kernel may know better
 *   runtime JSON: how its process was made (runtime name, cgroup path), null while it has none
 */
export interface ContainerRow {
  readonly id: string
  readonly name: string
  readonly createdAt: string
  readonly imageId: string
  readonly spec: string
  readonly state: string
  readonly runtime: string | null
}

export class ContainerRepository {
  readonly #db: Database
  readonly #insert: Statement<ContainerRow>
  readonly #updateSpec: Statement<[name: string, spec: string, id: string]>
  readonly #updateState: Statement<[state: string, runtime: string | null, id: string]>
  readonly #delete: Statement<[id: string]>
  readonly #all: Statement<[], ContainerRow>

  constructor(db: Database) {
    this.#db = db
    this.#insert = db.prepare(
      `INSERT INTO container (id, name, created_at, image_id, spec, state, runtime)
       VALUES (@id, @name, @createdAt, @imageId, @spec, @state, @runtime)`,
    )
    this.#updateSpec = db.prepare('UPDATE container SET name = ?, spec = ? WHERE id = ?')
    this.#updateState = db.prepare('UPDATE container SET state = ?, runtime = ? WHERE id = ?')
    this.#delete = db.prepare('DELETE FROM container WHERE id = ?')
    this.#all = db.prepare('SELECT id, name, created_at AS createdAt, image_id AS imageId, spec, state, runtime FROM container ORDER BY created_at')
  }

  all(): ContainerRow[] {
    return this.#all.all()
  }

  /** @throws SqliteError when the name is taken */
  insert(row: ContainerRow): void {
    this.#insert.run(row)
  }

  updateSpec(id: string, name: string, spec: string): void {
    this.#updateSpec.run(name, spec, id)
  }

  /** Durable before it returns: for what a client asked for. */
  updateIntent(id: string, state: string, runtime: string | null): void {
    this.#updateState.run(state, runtime, id)
  }

  /** For what the kernel can tell again after a power cut. */
  updateFact(id: string, state: string, runtime: string | null): void {
    relaxed(this.#db, () => this.#updateState.run(state, runtime, id))
  }

  /** Like {@link updateSpec} for counters, which a power cut may set back. */
  updateSpecFact(id: string, name: string, spec: string): void {
    relaxed(this.#db, () => this.#updateSpec.run(name, spec, id))
  }

  delete(id: string): void {
    this.#delete.run(id)
  }
}
