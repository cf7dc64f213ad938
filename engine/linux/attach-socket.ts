import { connectPackets, type PacketSocket } from './packet-socket.ts'

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
  readonly #socket: PacketSocket
  #isOpen = true

  private constructor(socket: PacketSocket) {
    this.#socket = socket
  }

  /** @throws Error when nobody listens there, or when this machine has no such sockets for us */
  static async connect(path: string, listener: AttachListener): Promise<AttachSocket> {
    let attach: AttachSocket | undefined
    const heard = {
      packet(packet: Buffer) {
        if (packet[0] === 2) listener.output('stdout', packet.subarray(1))
        else if (packet[0] === 3) listener.output('stderr', packet.subarray(1))
      },
      closed() {
        if (attach) attach.#isOpen = false
        listener.ended()
      },
    }
    attach = new AttachSocket(await connectPackets(path, heard, RECEIVE_BYTES))
    return attach
  }

  /** Sends to standard input; resolves when it has been taken. What comes after the end is dropped. */
  async write(data: Uint8Array): Promise<void> {
    for (let offset = 0; offset < data.length && this.#isOpen; offset += WRITE_LIMIT)
      await this.#socket.write(Buffer.from(data.subarray(offset, offset + WRITE_LIMIT)))
  }

  /** Ends standard input; output goes on. */
  endInput(): void {
    if (this.#isOpen) this.#socket.end()
  }

  close(): void {
    if (this.#isOpen) this.#socket.destroy()
  }
}
