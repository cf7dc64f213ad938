import { randomUUID } from 'node:crypto'
import { Terminal, type TerminalPlace } from './terminal.ts'

export interface TerminalsListener {
  data(terminalId: string, data: Uint8Array): void
  closed(terminalId: string, reason: string | undefined): void
}

/** The open terminals of the window. */
export class Terminals {
  readonly #socketPath: () => string
  readonly #listener: TerminalsListener
  readonly #open = new Map<string, Terminal>()
  #pages = 0

  /** @param socketPath asked at each opening */
  constructor(socketPath: () => string, listener: TerminalsListener) {
    this.#socketPath = socketPath
    this.#listener = listener
  }

  /** @returns its id here, by which the engine knows its window, too. @throws Error with the engine's own words */
  async open(place: Omit<TerminalPlace, 'by'>): Promise<string> {
    const id = randomUUID()
    const page = this.#pages
    const listener = {
      data: (chunk: Uint8Array) => this.#listener.data(id, chunk),
      closed: (reason: string | undefined) => {
        this.#open.delete(id)
        this.#listener.closed(id, reason)
      },
    }
    const terminal = await Terminal.open(this.#socketPath(), { ...place, by: id }, listener)
    if (page !== this.#pages)
      terminal.close() // The page left while the engine was starting it.
    else this.#open.set(id, terminal)
    return id
  }

  /** @throws Error when the terminal has ended */
  async write(id: string, data: Uint8Array): Promise<void> {
    const terminal = this.#open.get(id)
    if (!terminal) throw new Error('This terminal has ended.')
    await terminal.write(data)
  }

  take(id: string, bytes: number): void {
    this.#open.get(id)?.take(bytes)
  }

  close(id: string): void {
    this.#open.get(id)?.close()
  }

  /** For when the page that showed them is gone. */
  closeAll(): void {
    this.#pages += 1
    for (const terminal of this.#open.values()) terminal.close()
  }
}
