import type { Duplex } from 'node:stream'
import { EngineError } from '../../errors.ts'
import type { ApiCall } from '../call.ts'

/**
 * What takes over the connection for HTTP/2, which its side or ours begins with the bytes after that.
 * @throws EngineError `invalid` for a request that is not to be upgraded, or to something else
 */
export function upgradeOf(call: ApiCall): () => Duplex {
  const protocol = call.header('upgrade')
  if (!call.upgrade || protocol === '') throw new EngineError('invalid', 'no upgrade proto in request')
  if (protocol !== 'h2c') throw new EngineError('invalid', `protocol ${protocol} not supported`)
  const { socket } = call.upgrade
  return () => takeOver(call, socket)
}

function takeOver(call: ApiCall, socket: Duplex): Duplex {
  // For the audit log, which asks the answer.
  call.response.statusCode = 101
  const head = call.takeHead()
  socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n')
  if (head.length > 0) socket.unshift(head)
  return socket
}
