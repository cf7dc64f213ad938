import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { Turns, type Work } from '../turns.ts'

/** So many connections of one moment wait for us in the kernel, where it allows as many. */
const BACKLOG = 4096

/**
 * Of those that the program behind the port has not said anything to. A few have room for ten in their queue, and one that
 * finds none is tried again only after seconds.
 */
const UNANSWERED_AT_A_TIME = 8
/** Then it is one that waits for its client's word. */
const UNANSWERED_FOR_MS = 250

/**
 * Listens, and passes connections on to a port of the loopback, one after the other: the next begins when the one before
 * has settled, and few of them are without an answer.
 * @param settled resolves when the other side has taken a connection that is open. It is asked when somebody waits for
 * that; a connection on which the other side has said something has settled
 * @returns what ends it, with its connections. @throws Error with a bind's code
 */
export async function relayTcp(host: string, port: number, to: number, settled: () => Promise<unknown> = async () => {}): Promise<() => Promise<void>> {
  const open = new Set<Socket>()
  const keep = (socket: Socket) => open.add(socket.once('close', () => open.delete(socket)))
  const [unanswered, beginnings] = [new Turns(UNANSWERED_AT_A_TIME), new Turns(1)]
  const passOn = (client: Socket, [hasBegun, whenAwaited]: Parameters<Work>, isAnswered: () => void) => {
    const other = connect({ host: '127.0.0.1', port: to, allowHalfOpen: true, noDelay: true })
    // Who cannot be asked is gone, and the connection with it.
    other.once('connect', () => whenAwaited(() => void settled().then(hasBegun, hasBegun)))
    keep(other)
    join(client, other)
    join(other, client)
    const waited = setTimeout(isAnswered, UNANSWERED_FOR_MS)
    const end = () => {
      clearTimeout(waited)
      hasBegun()
      isAnswered()
    }
    other.once('data', end).once('close', end)
  }
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    keep(client.on('error', () => client.destroy()))
    unanswered.take((isAnswered) =>
      beginnings.take((...beginning) => {
        if (!client.destroyed) return passOn(client, beginning, isAnswered)
        beginning[0]()
        isAnswered()
      }),
    )
  })
  server.listen({ host, port, backlog: BACKLOG, ipv6Only: host.includes(':'), exclusive: true })
  await once(server, 'listening')
  return async () => {
    server.close()
    for (const socket of open) socket.destroy()
    await once(server, 'close')
  }
}

/** Each direction ends by itself; what breaks on one side breaks on the other. */
function join(from: Socket, to: Socket): void {
  from.pipe(to)
  from.on('error', () => to.destroy())
  from.on('close', () => {
    if (!from.readableEnded) to.destroy()
  })
}
