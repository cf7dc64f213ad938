import { type IncomingMessage, request } from 'node:http'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { upgraded } from './upgraded.ts'

/** Which terminal or exec of the engine, who joins it, and how large their window is, in characters. */
export interface TerminalPlace {
  readonly id: string
  /** Of an engine that holds no terminals: an exec that was created with `Tty: true`. */
  readonly isExec: boolean
  /** A name of our own, by which the engine is told another size. */
  readonly by: string
  readonly rows: number
  readonly columns: number
}

export interface TerminalListener {
  data(chunk: Uint8Array): void
  /** Last. `reason` when it broke off; undefined when the command ended or we closed it. */
  closed(reason: string | undefined): void
}

/**
 * A terminal that the engine holds, or one of an exec, over a connection of its own. Nothing is read before the listener has said how much
 * it can {@link take}: what it cannot take waits in the connection, and in the end in the container.
 */
export class Terminal {
  readonly #connection: Duplex
  readonly #listener: TerminalListener
  #roomBytes = 0
  #reason: string | undefined

  /**
   * Joins it: what it has shown last comes first; an exec begins.
   * @throws Error with the engine's own words when it will not
   */
  static async open(socketPath: string, place: TerminalPlace, listener: TerminalListener): Promise<Terminal> {
    return new Terminal(await (place.isExec ? startExec(socketPath, place) : join(socketPath, place)), listener)
  }

  private constructor(connection: Duplex, listener: TerminalListener) {
    this.#connection = connection
    this.#listener = listener
    connection.on('readable', () => this.#pump())
    connection.on('error', (error) => (this.#reason = `The terminal broke off: ${error.message}`))
    connection.on('end', () => connection.end())
    connection.on('close', () => listener.closed(this.#reason))
  }

  /** Room for so many more bytes. A chunk is never cut, so it may be overdrawn by one. */
  take(bytes: number): void {
    this.#roomBytes += bytes
    this.#pump()
  }

  /** Resolves when the bytes are on their way. @throws Error when the terminal has ended */
  write(data: Uint8Array): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#connection.write(data, (error) => (error ? reject(new Error('This terminal has ended.', { cause: error })) : resolve()))
    return promise
  }

  /** Idempotent. */
  close(): void {
    this.#connection.destroy()
  }

  #pump(): void {
    while (this.#roomBytes > 0) {
      const chunk: Uint8Array | null = this.#connection.read()
      if (chunk === null) return
      this.#roomBytes -= chunk.byteLength
      this.#listener.data(chunk)
    }
  }
}

/** The connection is taken over from HTTP, as at docker's attach. */
function join(socketPath: string, { id, by, rows, columns }: TerminalPlace): Promise<Duplex> {
  const outgoing = request({
    socketPath,
    agent: false,
    method: 'POST',
    path: `/engineroom/v1/terminals/${id}/attach?${new URLSearchParams({ by, h: String(rows), w: String(columns) })}`,
    headers: { Connection: 'Upgrade', Upgrade: 'tcp', 'X-Engineroom-Window': '1' },
  })
  outgoing.end()
  return upgraded(outgoing, refusal)
}

/** Without a version, which any engine takes for its own. @see Engine API 1.51 ExecStart */
function startExec(socketPath: string, { id, rows, columns }: TerminalPlace): Promise<Duplex> {
  const body = JSON.stringify({ Detach: false, Tty: true, ConsoleSize: [rows, columns] })
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), Connection: 'Upgrade', Upgrade: 'tcp' }
  const outgoing = request({ socketPath, agent: false, method: 'POST', path: `/exec/${id}/start`, headers })
  outgoing.end(body)
  return upgraded(outgoing, refusal)
}

async function refusal(response: IncomingMessage): Promise<Error> {
  return new Error(refusalIn(await text(response)) ?? `The engine answered with status ${response.statusCode}.`)
}

/** The message of the engine's error answer; undefined when it is none. */
function refusalIn(words: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(words)
    return typeof parsed === 'object' && parsed !== null && 'message' in parsed && typeof parsed.message === 'string' ? parsed.message : undefined
  } catch {
    return undefined // Not JSON: a proxy's page, or nothing.
  }
}
