import { lstat, unlink } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { hasCode } from '../errors.ts'
import { Conversation, Counter } from './conversation.ts'
import type { TapEvent } from './event.ts'

export interface ProxyParts {
  /** A new connection to the engine, half-open ones included; it need not be there yet. */
  readonly dial: () => Socket
  readonly tell: (event: TapEvent) => void
  /** The engine could not be reached, or broke off. */
  readonly fail: (error: Error) => void
}

/**
 * A unix socket in front of an engine. Bytes pass as they are, at the speed of the slower side, with the end of each side
 * on its own; what is told of them is read along.
 */
export class TapProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
  }

  /** @throws Error when somebody listens there, or when there is something that is no socket */
  static async listen(path: string, parts: ProxyParts): Promise<TapProxy> {
    await makeWay(path)
    const counter = new Counter()
    const server = createServer({ allowHalfOpen: true }, (client) => proxy.#join(client, counter, parts))
    const proxy = new TapProxy(server)
    // Whoever may use it is root: nobody but its owner, from the first moment on.
    const before = process.umask(0o177)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server.once('error', reject).listen(path, resolve)
    process.umask(before)
    await promise
    return proxy
  }

  #join(client: Socket, counter: Counter, { dial, tell, fail }: ProxyParts): void {
    const engine = dial()
    const conversation = new Conversation(counter, tell)
    for (const socket of [client, engine]) {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    }
    client.on('data', (data: Buffer) => conversation.fromClient(data))
    client.on('end', () => conversation.clientEnded())
    engine.on('data', (data: Buffer) => conversation.fromEngine(data))
    engine.on('end', () => conversation.engineEnded())
    client.pipe(engine)
    engine.pipe(client)
    client.on('error', () => engine.destroy()) // It left; what it left open is told.
    client.on('close', () => {
      engine.destroy()
      conversation.lost()
    })
    engine.on('error', (error) => {
      fail(error)
      client.destroy()
    })
  }

  /** Takes the socket away and cuts what passes. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

/** A socket on which nobody answers is what an earlier tap left when it was killed. */
async function makeWay(path: string): Promise<void> {
  try {
    if (!(await lstat(path)).isSocket()) throw new Error(`${path} is there already, and is no socket`)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    throw error
  }
  if (await isAnswered(path)) throw new Error(`somebody is listening on ${path} already; choose another --listen`)
  await unlink(path)
}

function isAnswered(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(path, () => {
    socket.destroy()
    resolve(true)
  })
  socket.once('error', () => resolve(false))
  return promise
}
