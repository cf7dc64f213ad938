import { EngineError } from '../errors.ts'
import { connectNative } from './native-packets.ts'
import { connectRelayed } from './relayed-packets.ts'

/** Who hears from a {@link PacketSocket}. */
export interface PacketListener {
  /** @param packet borrowed: it is overwritten after the call */
  packet(packet: Buffer): void
  /** Nothing more comes; called once. */
  closed(): void
}

/** A connection of unix(7) SOCK_SEQPACKET: what is written at once arrives at once. */
export interface PacketSocket {
  /** @param packet at most 64 KiB. @returns when it has been taken, or the connection is closed */
  write(packet: Buffer): Promise<void>
  /** Ends our side; the other side's packets go on. */
  end(): void
  destroy(): void
}

/** @returns undefined where there is no such way */
type Way = (path: string, listener: PacketListener, largest: number) => Promise<PacketSocket | undefined>

/** A library's, in this process; or, for a processor that it is not made for, a small program's. */
const WAYS: readonly Way[] = [connectNative, connectRelayed]

/**
 * Node has no words for such sockets.
 * @param largest packet that may come, in bytes; less than 64 KiB
 * @throws Error when nobody listens there, EngineError `not-implemented` when this machine has no such sockets for us
 */
export async function connectPackets(path: string, listener: PacketListener, largest: number): Promise<PacketSocket> {
  for (const connect of WAYS) {
    const socket = await connect(path, listener, largest)
    if (socket) return socket
  }
  throw new EngineError(
    'not-implemented',
    `attaching to a container needs luajit on ${process.platform}-${process.arch}, for which there is no node-unix-socket: apt-get install luajit`,
  )
}
