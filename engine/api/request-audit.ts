import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { targetWithoutSecrets } from '../secrets.ts'
import type { Transport } from './cross-origin.ts'

/** Who sent a request, as far as the connection tells. */
export type Peer =
  | { readonly transport: 'unix'; readonly pid: number; readonly uid: number; readonly gid: number; readonly command: string }
  | { readonly transport: 'tcp'; readonly address: string }
  | { readonly transport: 'tls'; readonly address: string /** Of the client's certificate, if it had to show one. */; readonly subject?: string }
  /** The connection was gone before it could be asked, or the machine could not tell. */
  | { readonly transport: Transport; readonly unknown: string }

/** One request: who, what, when, with which result, and how long it took. */
export interface AuditEntry {
  /** When it came, in RFC 3339. */
  readonly time: string
  readonly who: Peer
  readonly method: string
  /** With the query, less what may be secret in it. */
  readonly path: string
  /** Of the answer; 101 for a connection that was taken over. Missing when there was none. */
  readonly status?: number
  /** How it ended, where that was not by a complete answer. */
  readonly end?: 'client left' | 'engine stopped'
  readonly durationMs: number
}

export interface AuditParts {
  readonly identify: (connection: Socket, transport: Transport) => Promise<Peer>
  readonly add: (entry: AuditEntry) => void
}

/** A request that is not over. */
interface OpenRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly startedAt: Date
  readonly startedMs: number
  who: Peer
}

/**
 * Notes every request once it is over, however it ends. A request waits until it is known who sent it: a client that
 * leaves at once is not unknown for it.
 */
export class RequestAudit {
  readonly #parts: AuditParts
  readonly #peers = new WeakMap<Socket, Promise<Peer>>()
  readonly #open = new Set<OpenRequest>()

  constructor(parts: AuditParts) {
    this.#parts = parts
  }

  /** Called at once when a connection comes. */
  accepted(connection: Socket, transport: Transport): void {
    this.#peers.set(connection, this.#parts.identify(connection, transport))
  }

  /** Begins to watch a request; resolves when it may go on. */
  async begin(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const unknown: Peer = { transport: 'unix', unknown: 'it ended before it could be asked' }
    const open: OpenRequest = { request, response, startedAt: new Date(), startedMs: performance.now(), who: unknown }
    this.#open.add(open)
    const identified = this.#peers.get(request.socket)
    response.once('close', async () => {
      if (!this.#open.has(open)) return
      const end = isTakenOver(response) || response.writableFinished ? undefined : 'client left'
      const durationMs = performance.now() - open.startedMs
      open.who = (await identified) ?? unknown
      if (this.#open.delete(open)) this.#note(open, durationMs, end)
    })
    open.who = (await identified) ?? unknown
  }

  /** Notes what is still going on: nobody will when the engine has ended. */
  stop(): void {
    for (const open of this.#open) this.#note(open, performance.now() - open.startedMs, 'engine stopped')
    this.#open.clear()
  }

  #note({ request, response, startedAt, who }: OpenRequest, durationMs: number, end: AuditEntry['end']): void {
    const { method = '', url = '' } = request
    const status = response.headersSent || isTakenOver(response) ? { status: response.statusCode } : {}
    const entry = { time: startedAt.toISOString(), who, method, path: targetWithoutSecrets(url), ...status, ...(end && { end }) }
    this.#parts.add({ ...entry, durationMs: Math.round(durationMs * 10) / 10 })
  }
}

/** Its head was written by hand. */
function isTakenOver({ statusCode }: ServerResponse): boolean {
  return statusCode === 101
}
