import { createServer, type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { posix } from 'node:path'
import { type Duplex, finished } from 'node:stream'
import { EngineError } from '../errors.ts'
import type { Log } from '../log.ts'
import { ApiCall, type UpgradeConnection } from './call.ts'
import type { CrossOrigin, Transport } from './cross-origin.ts'
import { describeError } from './errors.ts'
import { allowHalfClosed, watchHalfClosed } from './half-closed.ts'
import { refuseMalformed } from './malformed.ts'
import { Query } from './query.ts'
import type { RequestAudit } from './request-audit.ts'
import type { RequestRecord } from './requests/request-record.ts'
import { type Handler, type Route, Router } from './router.ts'
import { runAsTask, taskWish } from './tasks/run-as-task.ts'
import type { Tasks } from './tasks/tasks.ts'
import { API_VERSION, ApiVersion, checkVersion, wantsPlainErrors } from './version.ts'

export interface ServerIdentity {
  /** `Server:` header, e.g. `Docker/28.5.2 (linux)`: old clients read the operating system from it. */
  readonly serverHeader: string
}

const VERSION_PREFIX = /^\/v([0-9.]+)(\/.*)$/

/** Notices clients that have gone without a sign on the connection. */
export interface DepartureWatch {
  /** Called when a client has ended its side of a taken-over connection; destroys `socket` once the client is gone. */
  watch(socket: Duplex): Promise<void>
}

/** What the server works with, besides its routes. */
export interface ServerParts {
  readonly identity: ServerIdentity
  readonly departures: DepartureWatch
  readonly crossOrigin: CrossOrigin
  /** Undefined when nobody wants to know. */
  readonly audit: RequestAudit | undefined
  /** Undefined where nobody can look at it. */
  readonly record: RequestRecord | undefined
  /** What goes on without its client; undefined where nothing does. */
  readonly tasks?: Tasks
  /** For what no route is there for, in place of docker's 404. */
  readonly fallback?: Handler
  readonly log: Log
}

/** Serves connections that somebody else has accepted. */
export interface ApiServer {
  accept(connection: Socket, transport: Transport): void
  closeAllConnections(): void
}

/**
 * The HTTP server of the Engine API. One server serves every listener of the daemon.
 * @see engine-api notes, "Checklist for the Node HTTP server"
 */
export function createApiServer(routes: readonly Route[], { identity, departures, crossOrigin, audit, record, tasks, fallback, log }: ServerParts): ApiServer {
  const router = new Router(routes)
  const headers = {
    'Api-Version': API_VERSION,
    'Docker-Experimental': 'false',
    Ostype: 'linux',
    Server: identity.serverHeader,
  }

  /** Noted when a connection comes: of one that has gone already, nothing can be asked. */
  const transports = new WeakMap<Socket, Transport>()

  async function serve(request: IncomingMessage, response: ServerResponse, upgrade?: UpgradeConnection): Promise<void> {
    record?.begin(request, response, transports.get(request.socket) ?? 'tcp')
    const abort = new AbortController()
    response.on('close', () => abort.abort())
    const handled = upgrade ? undefined : watchHalfClosed(request, response, abort)
    try {
      if (audit) await audit.begin(request, response)
      crossOrigin.admit(request, response, transports.get(request.socket) ?? 'tcp')
      if (request.method === 'OPTIONS') return void response.writeHead(200, { ...headers, 'Content-Length': 0 }).end()
      const wish = upgrade || !tasks ? undefined : taskWish(request)
      if (!wish || !tasks) return await answer(request, response, abort.signal, upgrade)
      runAsTask(tasks, wish, { request, response }, (inner, signal) =>
        answer(request, inner, signal).catch((error: unknown) => answerError(request, inner, error, signal, log)),
      )
    } catch (error) {
      answerError(request, response, error, abort.signal, log)
    } finally {
      handled?.()
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse, signal: AbortSignal, upgrade?: UpgradeConnection): Promise<void> {
    const { version, path, query } = splitTarget(request.url ?? '/')
    const match = router.find(request.method ?? 'GET', path)
    const handler = match?.route.handler ?? fallback
    if (!handler) return notFound(request, response)
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    const checked = version === undefined ? new ApiVersion(API_VERSION) : checkVersion(version, match?.route.since)
    const call = new ApiCall({ request, response, version: checked, params: match?.params ?? {}, query: new Query(query), signal, upgrade })
    if (request.method === 'POST' && match && !match.route.uploads) await call.mergeForm()
    await handler(call)
  }

  const server = createServer(
    { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, maxHeaderSize: 256 * 1024, noDelay: true, keepAlive: true },
    (request, response) => void serve(request, response),
  )
  server.timeout = 0
  allowHalfClosed(server)
  refuseMalformed(server)
  // Upgraded connections may be half-closed anyway: `echo x | docker run -i` shuts down its writing side and reads on.
  server.on('upgrade', (request, socket: Duplex, head) => {
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(socket as never)
    socket.on('error', (error) => log.debug('upgrade connection failed', { error: error.message }))
    response.on('finish', () => endUpgrade(socket))
    socket.once('end', () => void departures.watch(socket))
    void serve(request, response, { socket, head })
  })
  return {
    accept(connection, transport) {
      transports.set(connection, transport)
      audit?.accepted(connection, transport)
      server.emit('connection', connection)
    },
    closeAllConnections() {
      tasks?.cancelAll()
      audit?.stop()
      server.closeAllConnections()
    },
  }
}

/** Cuts `/v1.51` off the path, percent-decodes it, and cleans `//`, `.` and `..` as gorilla/mux would by a redirect. */
export function splitTarget(target: string): { version: string | undefined; path: string; query: URLSearchParams } {
  const cut = target.indexOf('?')
  const raw = cut < 0 ? target : target.slice(0, cut)
  const query = new URLSearchParams(cut < 0 ? '' : target.slice(cut + 1))
  let path = raw
  try {
    path = decodeURIComponent(raw)
  } catch {
    // A stray percent sign: the path is taken as it stands and will not be found.
  }
  path = posix.normalize(path)
  const found = VERSION_PREFIX.exec(path)
  return found ? { version: found[1], path: found[2] ?? '/', query } : { version: undefined, path, query }
}

function notFound(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404, { 'Content-Type': 'application/json' })
  response.write('{"message":"page not found"}\n')
  endOnceAsked(request, response)
}

/** @param calledOff a client that waits no more hears of it all the same, should it still read; it is no trouble then */
function answerError(request: IncomingMessage, response: ServerResponse, error: unknown, calledOff: AbortSignal, log: Log): void {
  const { status, message } = describeError(error)
  const isTrouble = status >= 500 && status !== 501 && status !== 503 && !calledOff.aborted
  // An error of ours says all there is in its message; anything else is a surprise, and its stack tells where.
  const isSurprise = !(error instanceof EngineError) && error instanceof Error
  log[isTrouble ? 'error' : 'debug'](`${request.method} ${request.url}: ${message}`, isSurprise ? { stack: error.stack } : {})
  if (response.headersSent || response.writableEnded) {
    response.destroy()
    return
  }
  if (status === 304) {
    response.writeHead(304).end()
    return
  }
  const isPlain = wantsPlainErrors(splitTarget(request.url ?? '/').version)
  const body = isPlain ? `${message}\n` : `${JSON.stringify({ message })}\n`
  response.writeHead(status, { 'Content-Type': isPlain ? 'text/plain; charset=utf-8' : 'application/json', 'Content-Length': Buffer.byteLength(body) })
  response.write(body)
  endOnceAsked(request, response)
}

/** Of one that was not taken over. What the client still says must be read, or its end would never be seen; without an end, it has no say. */
function endUpgrade(socket: Duplex): void {
  socket.end(() => setTimeout(() => socket.destroy(), LINGER_MS).unref())
  socket.resume()
}

/** How long a client may go on with its request after the answer. */
const LINGER_MS = 500

/** Whoever still sends would be cut off by a close before it reads the answer: the rest is read and thrown away first. */
function endOnceAsked(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return void response.end()
  const timer = setTimeout(() => response.end(), LINGER_MS).unref()
  finished(request, () => {
    clearTimeout(timer)
    response.end()
  })
  request.resume()
}
