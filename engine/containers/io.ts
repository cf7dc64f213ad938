import { AttachSocket, type StdStream } from '../linux/attach-socket.ts'
import type { Runtime } from '../linux/runtime.ts'

/** Somebody who follows a process's output. Neither call may block or throw: there are other listeners. */
export interface OutputSink {
  /** @param data borrowed: it is overwritten after the call */
  output(stream: StdStream, data: Buffer): void
  /** No more output comes: the process has ended. */
  ended(): void
}

export interface AttachOptions {
  /** The process runs: connect now. Otherwise {@link ContainerIo.connectWaiting} does, once it exists. */
  readonly isLive: boolean
  /** conmon ends the process's input when we leave (`StdinOnce` without a terminal): the connection outlives its listeners. */
  readonly holdsInput: boolean
}

interface Connection {
  readonly sinks: Set<OutputSink>
  /** The socket, once there is a process to connect to; undefined when there will be none. */
  readonly opened: PromiseWithResolvers<AttachSocket | undefined>
  readonly outputEnded: PromiseWithResolvers<void>
  readonly holdsInput: boolean
  isOpening: boolean
}

/** How long the end of a process waits for the end of its output: a grandchild may hold the pipe. */
export const DRAIN_TIMEOUT_MS = 2000

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

  /** Adds a listener. @throws Error when a live process cannot be connected to */
  async attach(id: string, sink: OutputSink, { isLive, holdsInput }: AttachOptions): Promise<void> {
    const connection = this.#connections.get(id) ?? this.#add(id, holdsInput)
    connection.sinks.add(sink)
    if (isLive) await this.#connect(id, connection)
  }

  /** The listener wants no more. */
  detach(id: string, sink: OutputSink): void {
    const connection = this.#connections.get(id)
    if (!connection?.sinks.delete(sink) || connection.sinks.size > 0) return
    if (!connection.isOpening || !connection.holdsInput) this.#close(id, connection)
  }

  /** Called when a process can be connected to, before it begins and after: those who attached early miss nothing. */
  async connectWaiting(id: string): Promise<void> {
    const connection = this.#connections.get(id)
    if (connection) await this.#connect(id, connection)
  }

  /** Sends to the process's standard input, waiting for the process to exist. Dropped when there is nobody attached. */
  async write(id: string, data: Uint8Array): Promise<void> {
    const socket = await this.#connections.get(id)?.opened.promise
    await socket?.write(data)
  }

  /** Ends the process's standard input for good, unless it was created to stay open. */
  async endInput(id: string): Promise<void> {
    const socket = await this.#connections.get(id)?.opened.promise
    socket?.endInput()
  }

  /** Resolves when everyone attached has all output of an ended process, or of one that could not be started. */
  async drained(id: string): Promise<void> {
    const connection = this.#connections.get(id)
    if (!connection) return
    if (connection.isOpening) await settledWithin(connection.outputEnded.promise, DRAIN_TIMEOUT_MS)
    this.#close(id, connection)
    for (const sink of connection.sinks) sink.ended()
  }

  #add(id: string, holdsInput: boolean): Connection {
    const connection: Connection = { sinks: new Set(), opened: Promise.withResolvers(), outputEnded: Promise.withResolvers(), holdsInput, isOpening: false }
    this.#connections.set(id, connection)
    return connection
  }

  async #connect(id: string, connection: Connection): Promise<void> {
    if (!connection.isOpening) {
      connection.isOpening = true
      const socket = AttachSocket.connect(this.#runtime.attachPath(id), {
        output: (stream, data) => {
          for (const sink of connection.sinks) sink.output(stream, data)
        },
        ended: () => connection.outputEnded.resolve(),
      })
      connection.opened.resolve(socket)
    }
    await connection.opened.promise
  }

  #close(id: string, connection: Connection): void {
    if (this.#connections.get(id) === connection) this.#connections.delete(id)
    connection.opened.resolve(undefined)
    void connection.opened.promise.then(
      (socket) => socket?.close(),
      () => undefined, // It never connected; whoever asked for it was told.
    )
  }
}

/** Waits for `work`, but not longer. */
export async function settledWithin(work: Promise<void>, timeoutMs: number): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, timeoutMs)
  await Promise.race([work, late.promise])
  clearTimeout(timer)
}
