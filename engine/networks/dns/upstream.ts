import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { framed, messageLength } from './tcp-messages.ts'

/** How long one server may take; the container's own resolver waits 5 s. */
const TIMEOUT_MS = 4000

export type Transport = 'udp' | 'tcp'

/**
 * Asks other servers, one after the other, byte for byte what the container asked.
 * @returns the first answer; undefined when nobody answers
 */
export async function askUpstream(query: Buffer, servers: readonly string[], transport: Transport): Promise<Buffer | undefined> {
  for (const server of servers) {
    const answer = await (transport === 'udp' ? askByUdp(query, server) : askByTcp(query, server))
    if (answer) return answer
  }
  return undefined
}

function askByUdp(query: Buffer, server: string): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>()
  const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4')
  const timer = setTimeout(() => resolve(undefined), TIMEOUT_MS)
  socket.on('error', () => resolve(undefined))
  socket.on('message', (answer) => {
    // Another id is another question's answer, come late, or a forgery.
    if (answer.subarray(0, 2).equals(query.subarray(0, 2))) resolve(answer)
  })
  socket.connect(53, server, () => socket.send(query, (error) => error && resolve(undefined)))
  return promise.finally(() => {
    clearTimeout(timer)
    socket.close()
  })
}

function askByTcp(query: Buffer, server: string): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>()
  const socket = connect({ host: server, port: 53, timeout: TIMEOUT_MS })
  let received = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    const length = messageLength(received)
    if (length !== undefined) resolve(received.subarray(2, 2 + length))
  })
  for (const event of ['error', 'timeout', 'end'] as const) socket.on(event, () => resolve(undefined))
  socket.write(framed(query))
  return promise.finally(() => socket.destroy())
}
