import type { Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { hasCode } from '../errors.ts'

/** How long a client has to read why, and to end its side, before we do. */
const LINGER_MS = 5000

/**
 * Answers what is no HTTP as Node itself would, but stays until the client has done: a connection that is closed while its
 * client still sends takes the answer with it.
 */
export function refuseMalformed(server: Server): void {
  const answers = new WeakMap<Duplex, ServerResponse>()
  const refused = new WeakSet<Duplex>()
  server.on('request', (request, response) => answers.set(request.socket, response))
  server.on('clientError', (error, socket) => {
    // What still comes is read, and is no HTTP either.
    if (refused.has(socket)) return
    refused.add(socket)
    const answer = answers.get(socket)
    const isAnswering = answer !== undefined && !answer.writableFinished
    if (!socket.writable || hasCode(error, 'ECONNRESET') || (isAnswering && answer.headersSent)) return void socket.destroy(error)
    const status = hasCode(error, 'HPE_HEADER_OVERFLOW') ? '431 Request Header Fields Too Large' : '400 Bad Request'
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
    // Whoever works on the answer to its beginning has to know that nobody will read it.
    if (isAnswering) return void socket.destroy(error)
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref()
    socket.once('end', () => socket.destroy()).once('close', () => clearTimeout(timer))
  })
}
