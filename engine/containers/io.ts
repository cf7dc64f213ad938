import { AttachSocket, type StdStream } from '../linux/attach-socket.ts'
import type { Runtime } from '../linux/runtime.ts'

/** Somebody who follows a process's output. */
export interface OutputSink {
  output(stream: StdStream, data: Buffer): void
  /** No more output comes: the process has ended. */
  ended(): void
}

interface Connection {
  readonly sinks: Set<OutputSink>
  socket: Promise<AttachSocket> | undefined
  readonly whenEnded: Promise<void>
  readonly markEnded: () => void
}

/** How long the end of a process waits for the end of its output: a grandchild may hold the pipe. */
const DRAIN_TIMEOUT_MS = 2000

/**
 * The standard streams of running processes. All clients of one process share one connection to its conmon, which
 * exists only while somebody needs it: every client gets all output, and the input of all is merged.
 */
export class ContainerIo {
  readonly #runtime: Runtime
  readonly #connections = new Map<string, Connection>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Adds a listener; a process that has not started yet is connected by {@link connectWaiting}. */
  async attach(id: string, sink: OutputSink, isLive: boolean): Promise<void> {
    const connection = this.#connectionOf(id)
    connection.sinks.add(sink)
    if (isLive) await this.#connect(id, connection)
  }

  /**
   * The listener wants no more. The connection stays while input was opened once: conmon ends the process's input
   * when its client leaves.
   */
  detach(id: string, sink: OutputSink): void {
    const connection = this.#connections.get(id)
    connection?.sinks.delete(sink)
    if (connection && connection.sinks.size === 0 && !connection.socket) this.#connections.delete(id)
  }

  /** Called between create and begin: those who attached early miss nothing. */
  async connectWaiting(id: string): Promise<void> {
    const connection = this.#connections.get(id)
    if (connection) await this.#connect(id, connection)
  }

  /** Sends to the process's standard input. */
  async write(id: string, data: Uint8Array): Promise<void> {
    const socket = await this.#connections.get(id)?.socket
    await socket?.write(data)
  }

  /** Ends the process's standard input for good, unless it was created to stay open. */
  async endInput(id: string): Promise<void> {
    const socket = await this.#connections.get(id)?.socket
    socket?.endInput()
  }

  /** Resolves when everyone attached has all output of an ended process. */
  async drained(id: string): Promise<void> {
    const connection = this.#connections.get(id)
    if (!connection?.socket) return this.#finish(id)
    const timeout = Promise.withResolvers<void>()
    const timer = setTimeout(timeout.resolve, DRAIN_TIMEOUT_MS)
    await Promise.race([connection.whenEnded, timeout.promise])
    clearTimeout(timer)
    this.#finish(id)
  }

  #connectionOf(id: string): Connection {
    const existing = this.#connections.get(id)
    if (existing) return existing
    const { promise, resolve } = Promise.withResolvers<void>()
    const connection: Connection = { sinks: new Set(), socket: undefined, whenEnded: promise, markEnded: resolve }
    this.#connections.set(id, connection)
    return connection
  }

  #connect(id: string, connection: Connection): Promise<AttachSocket> {
    connection.socket ??= AttachSocket.connect(this.#runtime.attachPath(id), {
      output: (stream, data) => {
        for (const sink of connection.sinks) sink.output(stream, data)
      },
      ended: () => connection.markEnded(),
    })
    return connection.socket
  }

  #finish(id: string): void {
    const connection = this.#connections.get(id)
    if (!connection) return
    this.#connections.delete(id)
    void connection.socket?.then(
      (socket) => socket.close(),
      () => undefined, // It never connected.
    )
    for (const sink of [...connection.sinks]) sink.ended()
  }
}
