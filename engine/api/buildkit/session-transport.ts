import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { Transport } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { REPEATED_METADATA } from '../../buildkit/receive-tree.ts'

/** Never looked up: the connection is there. */
const AUTHORITY = 'http://session'

/** What may be on its way before we have read it: a context comes as fast as it can be written. */
const WINDOW_BYTES = 4 * 1024 * 1024

/** A connection that a client has opened, on which we are the one who calls. */
export interface SessionConnection {
  readonly transport: Transport
  /** Aborted when it has ended, from either side. */
  readonly gone: AbortSignal
}

/** Begins HTTP/2 as its client on a connection that is there. */
export function sessionOn(socket: Duplex): SessionConnection {
  const gone = new AbortController()
  const session = connect(AUTHORITY, { createConnection: () => socket, settings: { initialWindowSize: WINDOW_BYTES, enablePush: false } })
  session.once('connect', () => session.setLocalWindowSize(WINDOW_BYTES * 4))
  // Its end tells all there is to know.
  session.on('error', () => undefined)
  const end = () => {
    session.destroy()
    gone.abort(new Error('the session of the client has ended'))
  }
  session.once('close', end)
  socket.once('close', end)
  const transport = createGrpcTransport({
    baseUrl: AUTHORITY,
    acceptCompression: [],
    sessionManager: {
      authority: AUTHORITY,
      request: async (method, path, headers, options) => request(session, { ':method': method, ':path': path, ...apart(headers) }, options),
      notifyResponseByteRead: () => undefined,
    },
  })
  return { transport, gone: gone.signal }
}

async function request(session: ClientHttp2Session, headers: OutgoingHttpHeaders, options: object) {
  return session.request(headers, options)
}

/** The library puts values of one name on one line; the protocol wants each for itself. */
function apart(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, REPEATED_METADATA.includes(name) && typeof value === 'string' ? value.split(', ') : value]),
  )
}
