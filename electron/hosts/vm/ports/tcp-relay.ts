import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/**
 * Listens, and passes connections on to a port of the loopback.
 * @returns what ends it, with its connections. @throws Error with a bind's code
 */
export async function relayTcp(host: string, port: number, to: number): Promise<() => Promise<void>> {
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const other = connect({ host: '127.0.0.1', port: to, allowHalfOpen: true, noDelay: true })
    join(client, other, open)
    join(other, client, open)
  })
  server.listen({ host, port, ipv6Only: host.includes(':'), exclusive: true })
  await once(server, 'listening')
  return async () => {
    server.close()
    for (const socket of open) socket.destroy()
    await once(server, 'close')
  }
}

/** Each direction ends by itself; what breaks on one side breaks on the other. */
function join(from: Socket, to: Socket, open: Set<Socket>): void {
  open.add(from)
  from.pipe(to)
  from.on('error', () => to.destroy())
  from.on('close', () => {
    open.delete(from)
    if (!from.readableEnded) to.destroy()
  })
}
