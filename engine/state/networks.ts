import type { Statement } from 'better-sqlite3'
import { type Database, relaxed } from './database.ts'

/**
 *   network  one row per network: id, name, and JSON of the rest (Network)
 *   sandbox  one row per container that is connected now: its places in networks and published ports (JSON of SandboxRecord).
 *            Gone at reboot in fact, and found again by name in the kernel, so it need not wait for the disk.
 */
export class NetworkRepository {
  readonly #db: Database
  readonly #insertNetwork: Statement<[id: string, name: string, spec: string]>
  readonly #deleteNetwork: Statement<[id: string]>
  readonly #networks: Statement<[], { spec: string }>
  readonly #putSandbox: Statement<[containerId: string, spec: string]>
  readonly #deleteSandbox: Statement<[containerId: string]>
  readonly #sandboxes: Statement<[], { containerId: string; spec: string }>

  constructor(db: Database) {
    this.#db = db
    this.#insertNetwork = db.prepare('INSERT OR REPLACE INTO network (id, name, spec) VALUES (?, ?, ?)')
    this.#deleteNetwork = db.prepare('DELETE FROM network WHERE id = ?')
    this.#networks = db.prepare('SELECT spec FROM network')
    this.#putSandbox = db.prepare('INSERT OR REPLACE INTO sandbox (container_id, spec) VALUES (?, ?)')
    this.#deleteSandbox = db.prepare('DELETE FROM sandbox WHERE container_id = ?')
    this.#sandboxes = db.prepare('SELECT container_id AS containerId, spec FROM sandbox')
  }

  networks(): string[] {
    return this.#networks.all().map(({ spec }) => spec)
  }

  saveNetwork(id: string, name: string, spec: string): void {
    this.#insertNetwork.run(id, name, spec)
  }

  deleteNetwork(id: string): void {
    this.#deleteNetwork.run(id)
  }

  sandboxes(): { containerId: string; spec: string }[] {
    return this.#sandboxes.all()
  }

  saveSandbox(containerId: string, spec: string): void {
    relaxed(this.#db, () => this.#putSandbox.run(containerId, spec))
  }

  deleteSandbox(containerId: string): void {
    relaxed(this.#db, () => this.#deleteSandbox.run(containerId))
  }
}
