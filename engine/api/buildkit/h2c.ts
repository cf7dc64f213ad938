import type { Duplex } from 'node:stream'
import { EngineError } from '../../errors.ts'
import type { ApiCall } from '../call.ts'

/**
 * What takes over the connection for HTTP/2, which its side or ours begins with the bytes after that.
 * @throws EngineError `invalid` for a request that is not to be upgraded, or to something else
 */
export function upgradeOf(call: ApiCall): () => Promise<Duplex> {
  const protocol = call.header('upgrade')
  if (!call.upgrade || protocol === '') throw new EngineError('invalid', 'no upgrade proto in request')
  if (protocol !== 'h2c') throw new EngineError('invalid', `protocol ${protocol} not supported`)
  const { socket } = call.upgrade
  return () => takeOver(call, socket)
}

async function takeOver(call: ApiCall, socket: Duplex): Promise<Duplex> {
  const head = call.takeHead()
  if (head.length > 0) socket.unshift(head)
  if (call.header('transfer-encoding').toLowerCase() === 'chunked') await skipEnd(socket)
  // For the audit log, which asks the answer.
  call.response.statusCode = 101
  socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n')
  return socket
}

/** @see RFC 9112, section 7.1 */
const NO_CHUNKS = '0\r\n\r\n'

/** docker-modem, under dockerode and testcontainers, sends a body in chunks, of which there are none. */
async function skipEnd(socket: Duplex): Promise<void> {
  let end: unknown = socket.read(NO_CHUNKS.length)
  while (end === null && !socket.readableEnded && !socket.destroyed) {
    await new Promise<void>((resolve) => {
      socket.once('readable', resolve).once('close', resolve)
    })
    end = socket.read(NO_CHUNKS.length)
  }
  if (String(end) !== NO_CHUNKS) throw new EngineError('invalid', 'a request to upgrade has no body')
}
