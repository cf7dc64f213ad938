import { spawn } from 'node:child_process'
import type { Duplex, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { hasCode } from '../errors.ts'
import { PACKET_RELAY } from './packet-relay.ts'
import type { PacketListener, PacketSocket } from './packet-socket.ts'
import { toolMark } from './unfinished.ts'

/** Of the length in front of each packet. */
const HEADER_BYTES = 2

/**
 * By a program between us and the socket. @see PACKET_RELAY
 * @returns undefined where there is no luajit
 * @throws Error when nobody listens there
 */
export function connectRelayed(path: string, listener: PacketListener): Promise<PacketSocket | undefined> {
  const env = { PATH: process.env.PATH, LC_ALL: 'C', ...toolMark() }
  const child = spawn('luajit', ['-', path], { stdio: ['pipe', 'ignore', 'pipe', 'pipe'], env })
  const { promise, resolve, reject } = Promise.withResolvers<PacketSocket | undefined>()
  child.once('error', (error) => (hasCode(error, 'ENOENT') ? resolve(undefined) : reject(error)))
  const stream = child.stdio[3] as Duplex
  const send = (packet: Buffer) => {
    const header = Buffer.alloc(HEADER_BYTES)
    header.writeUInt16LE(packet.length)
    return new Promise<void>((taken) => void stream.write(Buffer.concat([header, packet]), () => taken()))
  }
  const connection: PacketSocket = { write: send, end: () => void send(Buffer.alloc(0)), destroy: () => stream.destroy() }
  let isConnected = false
  let rest: Buffer = Buffer.alloc(0)
  stream.on('data', (data: Buffer) => {
    const { packets, incomplete } = takePackets(rest.length === 0 ? data : Buffer.concat([rest, data]))
    rest = incomplete
    for (const packet of packets) {
      if (isConnected) listener.packet(packet)
      isConnected = true
      resolve(connection)
    }
  })
  // It may be killed at any time: what is written then goes nowhere, and its end is told.
  stream.on('error', () => stream.destroy())
  const words = text(child.stdio[2] as Readable)
  stream.once('close', async () => {
    if (isConnected) listener.closed()
    else reject(new Error((await words).trim()))
  })
  child.stdin?.on('error', () => {}).end(PACKET_RELAY)
  return promise
}

/** Those that are whole, and what is there of the next one. */
function takePackets(data: Buffer): { readonly packets: Buffer[]; readonly incomplete: Buffer } {
  const packets: Buffer[] = []
  let at = 0
  while (data.length - at >= HEADER_BYTES) {
    const end = at + HEADER_BYTES + data.readUInt16LE(at)
    if (end > data.length) break
    packets.push(data.subarray(at + HEADER_BYTES, end))
    at = end
  }
  return { packets, incomplete: data.subarray(at) }
}
