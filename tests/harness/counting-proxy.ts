import { once } from 'node:events'
import { createConnection, createServer, type Server, type Socket } from 'node:net'

/** A unix socket in front of another one, which counts what clients send. */
export class CountingProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #open = new Set<Socket>()
  readonly socketPath: string
  #bytes = 0

  private constructor(socketPath: string, behind: string) {
    this.socketPath = socketPath
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#pass(client, createConnection({ path: behind, allowHalfOpen: true })))
  }

  static async listen(socketPath: string, behind: string): Promise<CountingProxy> {
    const proxy = new CountingProxy(socketPath, behind)
    proxy.#server.listen(socketPath)
    await once(proxy.#server, 'listening')
    return proxy
  }

  /** @returns how many bytes have come from clients since the last time */
  take(): number {
    const bytes = this.#bytes
    this.#bytes = 0
    return bytes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#open) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #pass(client: Socket, engine: Socket): void {
    client.on('data', ({ length }) => {
      this.#bytes += length
    })
    client.pipe(engine)
    engine.pipe(client)
    for (const [one, other] of [
      [client, engine],
      [engine, client],
    ] as const) {
      this.#open.add(one)
      one.on('error', () => undefined) // Its end is passed on.
      one.once('close', () => {
        this.#open.delete(one)
        other.destroy()
      })
    }
  }
}
