import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/**
 * Takes an address and port of this computer, and gives it back: who takes it next, and only hears that it failed, need not
 * guess why. @throws Error with a bind's code
 */
export async function tryBindUdp(host: string, port: number): Promise<void> {
  const socket = createSocket('udp4')
  socket.bind({ address: host, port, exclusive: true })
  try {
    await once(socket, 'listening')
  } finally {
    socket.close()
  }
}
