import { EngineError } from '../errors.ts'
import type { ClientSession } from './session.ts'

/** How long a client that has named a session may take to bring it. */
const PATIENCE_MS = 15_000

/** The sessions that clients have open now. */
export class Sessions {
  readonly #open = new Map<string, ClientSession>()
  readonly #waiting = new Set<() => void>()

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
    this.#open.set(id, session)
    gone.addEventListener('abort', () => this.#open.delete(id), { once: true })
    for (const look of this.#waiting) look()
  }

  /** A client may ask for a build before its session is here. @throws EngineError `invalid` when it does not come */
  async get(id: string, signal: AbortSignal): Promise<ClientSession> {
    const { promise, resolve, reject } = Promise.withResolvers<ClientSession>()
    const look = () => {
      const session = this.#open.get(id)
      if (session) resolve(session)
    }
    const giveUp = () => reject(signal.reason)
    const timer = setTimeout(() => reject(new EngineError('invalid', `no active session for ${id}: context deadline exceeded`)), PATIENCE_MS)
    this.#waiting.add(look)
    signal.addEventListener('abort', giveUp, { once: true })
    look()
    if (signal.aborted) giveUp()
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(look)
      signal.removeEventListener('abort', giveUp)
    }
  }
}
