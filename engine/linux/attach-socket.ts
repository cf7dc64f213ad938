import type { SeqpacketSocket } from 'node-unix-socket'
import { EngineError } from '../errors.ts'

/** Which of the process's streams a piece of output came from. */
export type StdStream = 'stdout' | 'stderr'

export interface AttachListener {
  /** @param data borrowed: it is overwritten after the call */
  output(stream: StdStream, data: Buffer): void
  /** The process's output is complete, or the monitor is gone. */
  ended(): void
}

/** The largest packet that conmon reads at once from a client. */
const WRITE_LIMIT = 8192

/** conmon's packets carry at most 32 KiB and the stream's byte. */
const RECEIVE_BYTES = 33 * 1024

/**
 * A connection to conmon's attach socket: SOCK_SEQPACKET, whose packets begin with one byte that names the
 * stream (2 = stdout, 3 = stderr). What is written goes to the process's standard input.
 */
export class AttachSocket {
  readonly #socket: SeqpacketSocket
  #isOpen = true

  private constructor(socket: SeqpacketSocket) {
    this.#socket = socket
  }

  /** @throws Error when nobody listens there, or when this machine has no such sockets for us */
  static async connect(path: string, listener: AttachListener): Promise<AttachSocket> {
    const { SeqpacketSocket } = await seqpacket()
    const { promise, resolve, reject } = Promise.withResolvers<AttachSocket>()
    const socket = new SeqpacketSocket()
    socket.setInternalReadBufferSize(RECEIVE_BYTES)
    const attach = new AttachSocket(socket)
    socket.on('data', (packet: Buffer) => {
      if (packet[0] === 2) listener.output('stdout', packet.subarray(1))
      else if (packet[0] === 3) listener.output('stderr', packet.subarray(1))
    })
    socket.on('error', (error: Error) => reject(error))
    socket.on('end', () => attach.close())
    socket.on('close', () => {
      attach.#isOpen = false
      listener.ended()
    })
    try {
      socket.connect(path, () => resolve(attach))
    } catch (error) {
      reject(error)
    }
    return promise
  }

  /** Sends to standard input; resolves when the kernel has taken it. What comes after the end is dropped. */
  async write(data: Uint8Array): Promise<void> {
    for (let offset = 0; offset < data.length && this.#isOpen; offset += WRITE_LIMIT) {
      const piece = Buffer.from(data.subarray(offset, offset + WRITE_LIMIT))
      const { promise, resolve } = Promise.withResolvers<void>()
      const closed = () => resolve()
      this.#socket.once('close', closed)
      this.#socket.write(piece, 0, piece.length, () => resolve())
      await promise
      this.#socket.off('close', closed)
    }
  }

  /** Ends standard input; output goes on. */
  endInput(): void {
    if (this.#isOpen) this.#socket.end()
  }

  close(): void {
    if (this.#isOpen) this.#socket.destroy()
  }
}

/**
 * Loaded when first needed: its native part is not there for every processor, and an engine that cannot attach still
 * runs containers.
 */
async function seqpacket(): Promise<typeof import('node-unix-socket')> {
  try {
    return await import('node-unix-socket')
  } catch (cause) {
    throw new EngineError('not-implemented', `attaching to a container needs node-unix-socket, which does not load on ${process.platform}-${process.arch}`, {
      cause,
    })
  }
}
