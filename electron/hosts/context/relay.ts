import { mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { join } from '../join.ts'
import { listenPrivately } from '../listen-privately.ts'
import type { Dial } from './dial.ts'

/** A socket of this window's own that leads to an engine elsewhere: each connection becomes one of its kind, byte for byte. */
export class Relay {
  readonly #socketPath: string
  readonly #server: Server
  readonly #open = new Set<Socket>()
  #dial: Dial | undefined

  constructor(socketPath: string) {
    this.#socketPath = socketPath
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client))
  }

  /** Makes the folder of the socket, which must be new: nobody else has put anything into it. */
  async listen(): Promise<void> {
    if (!this.#isPipe) mkdirSync(dirname(this.#socketPath), { mode: 0o700 })
    await listenPrivately(this.#server, this.#socketPath)
  }

  /** Where connections go from now on; to nowhere they are turned away. */
  lead(dial: Dial | undefined): void {
    this.#dial = dial
    if (!dial) for (const socket of this.#open) socket.destroy()
  }

  close(): void {
    this.lead(undefined)
    this.#server.close()
    if (!this.#isPipe) rmSync(dirname(this.#socketPath), { recursive: true, force: true })
  }

  /** Windows has named pipes where others have sockets; they are not in folders. */
  get #isPipe(): boolean {
    return this.#socketPath.startsWith('\\\\')
  }

  #accept(client: Socket): void {
    client.on('error', () => client.destroy())
    if (!this.#dial) return void client.destroy()
    this.#open.add(client)
    client.once('close', () => this.#open.delete(client))
    join(client, this.#dial())
  }
}
