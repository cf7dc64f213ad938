import { EngineError } from '../errors.ts'
import { Arrivals } from './arrivals.ts'
import type { ClientSession } from './session.ts'

/** How long a client that has named a session may take to bring it. */
const PATIENCE_MS = 15_000

/** The sessions that clients have open now. */
export class Sessions {
  readonly #open = new Arrivals<ClientSession>()

  /** @throws EngineError `invalid` for an id that is taken, or none */
  check(id: string): void {
    if (id === '') throw new EngineError('invalid', 'a session needs an id (X-Docker-Expose-Session-Uuid)')
    if (this.#open.has(id)) throw new EngineError('invalid', `session ${id} already exists`)
  }

  /** It is here until its connection ends. */
  add(session: ClientSession): void {
    const { id, gone } = session
    this.check(id)
    if (gone.aborted) return
    this.#open.add(id, session)
    gone.addEventListener('abort', () => this.#open.remove(id), { once: true })
  }

  /** A client may ask for a build before its session is here. @throws EngineError `invalid` when it does not come; the signal's reason */
  async get(id: string, signal: AbortSignal): Promise<ClientSession> {
    const session = await this.#open.wait(id, PATIENCE_MS, signal)
    if (!session) throw new EngineError('invalid', `no active session for ${id}: context deadline exceeded`)
    return session
  }
}
