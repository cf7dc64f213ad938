import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A server on a unix socket that plays the engine's part in a unit test. `await using` it. */
export class UnixServer<S extends Server | NetServer> implements AsyncDisposable {
  readonly socketPath: string
  readonly #folder: string
  readonly #server: S
  readonly #sockets = new Set<Socket>()

  static http(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<UnixServer<Server>> {
    return UnixServer.#listen(createServer(answer))
  }

  /** Plain connections, for what HTTP's server would not let a test do. */
  static net(greet: (socket: Socket) => void): Promise<UnixServer<NetServer>> {
    return UnixServer.#listen(createNetServer(greet))
  }

  static async #listen<S extends Server | NetServer>(server: S): Promise<UnixServer<S>> {
    const folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
    const listening = new UnixServer(folder, server)
    server.listen(listening.socketPath)
    await once(server, 'listening')
    return listening
  }

  private constructor(folder: string, server: S) {
    this.#folder = folder
    this.socketPath = join(folder, 'engine.sock')
    this.#server = server
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#sockets.size
  }

  /** As a daemon that dies: every connection breaks, and nobody listens any more. */
  async die(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.die()
    await rm(this.#folder, { recursive: true })
  }
}
