import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { connect, type Socket } from 'node:net'

const MB = 1_000_000
const PIECE = 65_536

/** A server that a shell can be: takes, gives or echoes, as a connection says in its first line. */
export const SERVER = `
echo ready
read -r what count
case $what in
  take) cat >/dev/null; echo done ;;
  give) dd if=/dev/zero bs=${PIECE} count=$count 2>/dev/null ;;
  echo) exec cat ;;
esac`

/** A web server, in Node. */
export const WEB = `require('node:http').createServer((_, answer) => answer.end('here')).listen(80)`

/** Opens connections one after the other: how many at a time are taken is another question. */
async function openConnections(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = []
  for (let number = 0; number < count; number++) {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    await once(socket, 'data')
    sockets.push(socket)
  }
  return sockets
}

/** @returns MB/s to a server, over so many connections together */
export function sendTo(port: number, connections: number, pieces: number): Promise<number> {
  return rateOf(port, connections, pieces, async (socket) => {
    socket.write('take\n')
    const piece = Buffer.alloc(PIECE)
    for (let number = 0; number < pieces; number++) if (!socket.write(piece)) await once(socket, 'drain')
    socket.end()
    await once(socket.resume(), 'end')
  })
}

/** @returns MB/s from a server */
export function receiveFrom(port: number, connections: number, pieces: number): Promise<number> {
  return rateOf(port, connections, pieces, async (socket) => {
    socket.write(`give ${pieces}\n`)
    let missing = pieces * PIECE
    socket.on('data', (bytes) => {
      missing -= bytes.length
    })
    await once(socket, 'end')
    if (missing !== 0) throw new Error(`${missing} bytes are missing`)
    socket.end()
  })
}

/** @returns requests per second: a byte there and back, again and again on connections that stay open */
export async function askOnOpen(port: number, connections: number, requests: number): Promise<number> {
  const sockets = await openConnections(port, connections)
  for (const socket of sockets) socket.write('echo\n')
  const ask = async (socket: Socket, times: number) => {
    for (let number = 0; number < times; number++) {
      socket.write('?')
      await once(socket, 'data')
    }
  }
  await Promise.all(sockets.map((socket) => ask(socket, 3))) // Its program has to start first.
  const begun = performance.now()
  await Promise.all(sockets.map((socket) => ask(socket, requests)))
  const seconds = (performance.now() - begun) / 1000
  await endAll(sockets)
  return (connections * requests) / seconds
}

/** @returns requests per second to a web server, on a connection each or on as many as there are at a time */
export async function askWeb(port: number, connections: 'kept' | 'anew', atATime: number, requests: number): Promise<number> {
  const agent = new Agent({ keepAlive: connections === 'kept' })
  const ask = async (times: number) => {
    for (let number = 0; number < times; number++) {
      const [response] = await once(get({ port, host: '127.0.0.1', agent, path: '/' }), 'response')
      await response.toArray()
    }
  }
  if (connections === 'kept') for (let number = 0; number < atATime; number++) await ask(1)
  const begun = performance.now()
  await Promise.all(Array.from({ length: atATime }, () => ask(requests)))
  const seconds = (performance.now() - begun) / 1000
  agent.destroy()
  return (atATime * requests) / seconds
}

async function rateOf(port: number, connections: number, pieces: number, work: (socket: Socket) => Promise<void>): Promise<number> {
  const sockets = await openConnections(port, connections)
  const begun = performance.now()
  await Promise.all(sockets.map(work))
  const seconds = (performance.now() - begun) / 1000
  await endAll(sockets)
  return (connections * pieces * PIECE) / MB / seconds
}

async function endAll(sockets: readonly Socket[]): Promise<void> {
  await Promise.all(
    sockets.map(async (socket) => {
      if (!socket.destroyed) await once(socket.destroy(), 'close')
    }),
  )
}
