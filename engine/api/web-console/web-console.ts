import { timingSafeEqual } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { extname, join, sep } from 'node:path'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Terminals } from '../../containers/terminals/terminals.ts'
import { EngineError, hasCode, messageOf } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { cookieOf } from './cookies.ts'
import { admitGuest, guestAt } from './guests.ts'
import { openTerminalSocket } from './terminal-socket.ts'

export interface WebConsoleParts {
  /** The built window. */
  readonly staticDir: string
  readonly engineSocketPath: string
  readonly terminals: Terminals
  readonly token: string
  readonly log: Log
}

const COOKIE = 'engineroom-console'

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
  '.json': 'application/json',
}

/** What the window may load and do; the same in Electron. Styles are inline only where the terminal sets them. */
const SECURITY_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
}

/**
 * The window in a browser: static files, the Engine API below `/engine`, terminals by WebSocket. Whoever holds the link
 * with the token is in; it becomes a cookie that no other site can send. Not yet listening.
 */
export function createWebConsole(parts: WebConsoleParts): Server {
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 0 }, (incoming, response) => {
    serve(parts, incoming, response).catch((error) => {
      parts.log.debug(`web console: ${messageOf(error)}`)
      if (response.headersSent) response.destroy()
      else refuse(response, 502, `The engine does not answer: ${messageOf(error)}`)
    })
  })
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!isOwnOrigin(incoming) || !joinTerminal(parts, { incoming, socket, head })) socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
  })
  return server
}

/** By the console's session any terminal, by a guest's cookie the one that it is for. @returns false when it may not, or there is none */
function joinTerminal(parts: WebConsoleParts, upgrade: { incoming: IncomingMessage; socket: Duplex; head: Buffer }): boolean {
  const { incoming } = upgrade
  const url = URL.parse(incoming.url ?? '/', 'http://console')
  if (!url) return false
  const { pathname, searchParams } = url
  const size = { rows: Number(searchParams.get('rows')), columns: Number(searchParams.get('columns')) }
  const id = /^\/engineroom\/v1\/terminals\/([0-9a-f]{64})\/ws$/.exec(pathname)?.[1]
  if (id !== undefined && hasSession(parts, incoming)) {
    const terminal = known(() => parts.terminals.get(id))
    if (terminal) openTerminalSocket(upgrade, terminal, { role: 'owner', name: '', size }, parts.log)
    return terminal !== undefined
  }
  const guest = guestAt(parts.terminals, pathname, incoming)
  if (!guest) return false
  const { terminal, share } = guest
  openTerminalSocket(upgrade, terminal, { role: share.mode, shareId: share.id, name: searchParams.get('name') ?? '', size }, parts.log)
  return true
}

function known<T>(ask: () => T): T | undefined {
  try {
    return ask()
  } catch (error) {
    if (error instanceof EngineError && error.kind === 'not-found') return undefined
    throw error
  }
}

async function serve(parts: WebConsoleParts, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
  if (!isOwnHost(incoming)) return refuse(response, 403, 'This console answers only on the address it was opened for.')
  const url = new URL(incoming.url ?? '/', 'http://console')
  const given = url.searchParams.get('token')
  if (given !== null && url.pathname === '/') {
    if (!equal(given, parts.token)) return refuse(response, 401, 'This link is not valid any more. Take the one that the engine printed at its last start.')
    response.setHeader('Set-Cookie', `${COOKIE}=${parts.token}; HttpOnly; SameSite=Strict; Path=/`)
    response.writeHead(303, { Location: '/' }).end()
    return
  }
  if (url.pathname.startsWith('/engine/')) {
    if (!hasSession(parts, incoming)) return refuse(response, 401, 'This console needs its link: open the address that the engine printed.')
    if (!isOwnOrigin(incoming)) return refuse(response, 403, 'Requests from other sites are refused.')
    return proxy(parts, incoming, response)
  }
  if (incoming.method !== 'GET' && incoming.method !== 'HEAD') return refuse(response, 405, 'Only GET here.')
  if (admitGuest(parts.terminals, url, response)) return
  return sendFile(parts, url.pathname, response)
}

/** Another name that leads here is how a foreign site would get in (DNS rebinding). */
function isOwnHost({ headers, socket }: IncomingMessage): boolean {
  const port = socket.localPort
  return [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`].includes(headers.host ?? '')
}

/** Browsers send Origin with everything that changes something; a page of ours sends its own. */
function isOwnOrigin(incoming: IncomingMessage): boolean {
  const { origin } = incoming.headers
  return isOwnHost(incoming) && (origin === undefined || origin === `http://${incoming.headers.host}`)
}

function hasSession(parts: WebConsoleParts, incoming: IncomingMessage): boolean {
  const value = cookieOf(incoming, COOKIE)
  return value !== undefined && equal(value, parts.token)
}

function equal(left: string, right: string): boolean {
  const a = Buffer.from(left)
  const b = Buffer.from(right)
  return a.length === b.length && timingSafeEqual(a, b)
}

async function proxy(parts: WebConsoleParts, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const { cookie: _, origin: __, ...headers } = incoming.headers
  const outgoing = request({
    socketPath: parts.engineSocketPath,
    method: incoming.method,
    path: (incoming.url ?? '').slice('/engine'.length),
    headers: { ...headers, host: 'engine' },
  })
  outgoing.on('response', resolve)
  outgoing.on('error', reject)
  response.on('close', () => outgoing.destroy())
  incoming.pipe(outgoing)
  const answer = await promise
  response.writeHead(answer.statusCode ?? 502, { ...answer.headers, 'cache-control': 'no-store' })
  response.flushHeaders()
  await pipeline(answer, response)
}

async function sendFile({ staticDir }: WebConsoleParts, path: string, response: ServerResponse): Promise<void> {
  const root = await realpath(staticDir).catch(() => undefined)
  if (root === undefined) return refuse(response, 404, 'The window is not built. Run npm start once.')
  const file = await fileAt(root, path === '/' ? '/index.html' : path)
  if (file === undefined) return refuse(response, 404, 'There is no such page.')
  const isPage = file.endsWith('.html')
  response.writeHead(200, {
    'Content-Type': CONTENT_TYPES[extname(file)] ?? 'application/octet-stream',
    'Cache-Control': isPage ? 'no-store' : 'public, max-age=31536000, immutable',
  })
  await pipeline(createReadStream(file), response)
}

async function fileAt(root: string, path: string): Promise<string | undefined> {
  try {
    const real = await realpath(join(root, decodeURIComponent(path)))
    return real.startsWith(root + sep) && (await stat(real)).isFile() ? real : undefined
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR') || error instanceof URIError) return undefined
    throw error
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  response.end(`${JSON.stringify({ message })}\n`)
}
