import type { PacketListener, PacketSocket } from './packet-socket.ts'

/**
 * By node-unix-socket. It is loaded when first needed: its native part is not there for every processor.
 * @returns undefined where it does not load
 * @throws Error when nobody listens there
 */
export async function connectNative(path: string, listener: PacketListener, largest: number): Promise<PacketSocket | undefined> {
  const library = await import('node-unix-socket').catch(() => undefined)
  if (!library) return undefined
  const { promise, resolve, reject } = Promise.withResolvers<PacketSocket>()
  const socket = new library.SeqpacketSocket()
  socket.setInternalReadBufferSize(largest)
  socket.on('data', (packet: Buffer) => listener.packet(packet))
  socket.on('error', (error: Error) => reject(error))
  socket.on('end', () => socket.destroy())
  let isClosed = false
  socket.on('close', () => {
    isClosed = true
    listener.closed()
  })
  const connection: PacketSocket = {
    async write(packet) {
      if (isClosed) return
      const taken = Promise.withResolvers<void>()
      const closed = () => taken.resolve()
      socket.once('close', closed)
      socket.write(packet, 0, packet.length, () => taken.resolve())
      await taken.promise
      socket.off('close', closed)
    },
    end: () => socket.end(),
    destroy: () => socket.destroy(),
  }
  try {
    socket.connect(path, () => resolve(connection))
  } catch (error) {
    reject(error)
  }
  return promise
}
