import type { Statement } from 'better-sqlite3'
import type { Database } from './database.ts'

/** `local_registry`: one row, with the address that it is to listen on, while the engine's own registry is wanted. */
export class LocalRegistryRepository {
  readonly #find: Statement<[], { address: string }>
  readonly #put: Statement<[address: string]>
  readonly #delete: Statement<[]>

  constructor(db: Database) {
    this.#find = db.prepare('SELECT address FROM local_registry')
    this.#put = db.prepare('INSERT OR REPLACE INTO local_registry (id, address) VALUES (1, ?)')
    this.#delete = db.prepare('DELETE FROM local_registry')
  }

  /** `HOST:PORT`; undefined when nobody wants it. */
  address(): string | undefined {
    return this.#find.get()?.address
  }

  put(address: string): void {
    this.#put.run(address)
  }

  delete(): void {
    this.#delete.run()
  }
}
