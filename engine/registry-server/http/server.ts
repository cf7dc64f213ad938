import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { messageOf } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { Authority } from '../auth/authority.ts'
import { RegistryError } from '../errors.ts'
import type { Metrics } from '../metrics.ts'
import { parseRepository } from '../names.ts'
import type { Notifier } from '../notifications.ts'
import type { Registry } from '../registry.ts'
import { accessOf } from './access.ts'
import { RegistryCall } from './call.ts'
import { eventOf } from './event.ts'
import { type Handler, type Method, ROUTES, type Route } from './routes.ts'

export interface ServerParts {
  readonly registry: Registry
  readonly log: Log
  /** Nothing may be pushed or deleted. */
  readonly isReadOnly: boolean
  readonly authority: Authority
  readonly metrics: Metrics
  readonly notifier: Notifier
  /** Undefined for plain HTTP. */
  readonly tls: TlsFiles | undefined
}

/** In PEM. */
export interface TlsFiles {
  readonly cert: Buffer
  readonly key: Buffer
  /** With it, clients must have a certificate of this authority. */
  readonly ca: Buffer | undefined
}

interface Target {
  readonly route: Route
  readonly repository: string
  readonly target: string
}

const READING: readonly string[] = ['GET', 'HEAD']

/** The registry's HTTP. Whoever calls this lets it listen. */
export function createRegistryServer(parts: ServerParts): Server {
  // A layer of gigabytes may take its time; a client that keeps a connection for its next request may, too.
  const options = { requestTimeout: 0, keepAliveTimeout: 75_000, keepAlive: true, noDelay: true }
  const listener = (request: IncomingMessage, response: ServerResponse) => void serve(parts, request, response)
  if (!parts.tls) return createServer(options, listener)
  return createTlsServer({ ...options, ...parts.tls, requestCert: parts.tls.ca !== undefined, minVersion: 'TLSv1.2' }, listener)
}

async function serve(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  try {
    const { path, query } = splitUrl(request.url ?? '/')
    if (path === '/') return void response.writeHead(200, { 'Content-Length': 0 }).end()
    const { route, repository, target } = findRoute(path)
    const end = parts.metrics.begin(route.name, request.method ?? '')
    response.once('close', () => end(response.statusCode))
    const call = new RegistryCall({ request, response, query, repository: repository && parseRepository(repository), target })
    const account = await parts.authority.admit(request.headers, accessOf(call, route.isCatalog === true))
    await handlerOf(route, request.method ?? 'GET', parts.isReadOnly)(parts.registry, call)
    if (parts.notifier.hasListeners) for (const deed of call.deeds) parts.notifier.publish(eventOf(deed, request, account))
  } catch (error) {
    answerError(parts.log, request, response, error)
  }
  parts.log.debug(`${request.method} ${request.url}`, { status: response.statusCode, from: request.socket.remoteAddress })
}

function findRoute(path: string): Target {
  for (const route of ROUTES) {
    const { groups } = route.path.exec(path) ?? {}
    if (groups || route.path.test(path)) return { route, repository: groups?.name ?? '', target: groups?.target ?? '' }
  }
  throw new RegistryError('UNSUPPORTED', { status: 404, message: 'there is no such endpoint' })
}

function handlerOf({ handlers }: Route, method: string, isReadOnly: boolean): Handler {
  const allowed = Object.keys(handlers).filter((name) => !isReadOnly || READING.includes(name))
  const handler = allowed.includes(method) ? handlers[method as Method] : undefined
  if (!handler) throw new RegistryError('UNSUPPORTED', { headers: { Allow: allowed.join(', ') } })
  return handler
}

function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const cut = url.indexOf('?')
  const raw = cut < 0 ? url : url.slice(0, cut)
  const query = new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1))
  try {
    return { path: decodeURIComponent(raw), query }
  } catch {
    return { path: raw, query } // A stray percent sign: the path is taken as it stands and will not be found.
  }
}

function answerError(log: Log, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const isOurs = error instanceof RegistryError
  if (!isOurs && !request.destroyed && !response.destroyed) {
    log.error(`${request.method} ${request.url}: ${messageOf(error)}`, error instanceof Error ? { stack: error.stack } : {})
  }
  if (response.headersSent || response.destroyed) return void response.destroy()
  const { status, headers, body } = isOurs ? error : new RegistryError('UNKNOWN', { detail: messageOf(error) })
  response
    .writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), ...headers })
    .end(request.method === 'HEAD' ? undefined : body)
}
