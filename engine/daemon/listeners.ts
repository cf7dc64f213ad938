import { chmodSync, chownSync, readFileSync } from 'node:fs'
import { mkdir, readFile, unlink } from 'node:fs/promises'
import type { Server } from 'node:http'
import { connect, createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { hasCode } from '../errors.ts'
import type { Log } from '../log.ts'
import { ConfigurationError } from './config-file.ts'
import type { TlsOptions } from './flags.ts'

/** One address on which the API is, or will be, served. */
export interface Listener {
  readonly address: string
  /** Hands over the connections: those that came until now and waited, and all that come. */
  serve(http: Server): void
  close(): Promise<void>
}

interface ListenOptions {
  readonly group: string
  readonly tls: TlsOptions | undefined
  readonly log: Log
}

const DEFAULT_PORT = 2375

/** A machine without it is no mistake: the default of dockerd, too. */
const DEFAULT_GROUP = 'docker'

/**
 * Opens an address of `-H`, before there is anything to serve: what is taken shows at once, and clients that come early
 * wait. Several feed one HTTP server.
 * @throws ConfigurationError when it is not an address, or somebody has it
 */
export async function listen(address: string, options: ListenOptions): Promise<Listener> {
  if (address.startsWith('unix://')) return listenUnix(address.slice('unix://'.length), options)
  if (address.startsWith('tcp://')) return listenTcp(address.slice('tcp://'.length), options)
  throw new ConfigurationError(`invalid -H address ${address}: use unix://PATH or tcp://HOST:PORT`)
}

async function listenUnix(path: string, { group, log }: ListenOptions): Promise<Listener> {
  const gid = await groupId(group)
  if (gid === undefined && group !== DEFAULT_GROUP) throw new ConfigurationError(`group ${group} not found`)
  if (gid === undefined) log.info(`there is no group ${group}; only root can use unix://${path}`)
  await mkdir(dirname(path), { recursive: true })
  if (await isAnswered(path)) throw new ConfigurationError(`another daemon is already listening on unix://${path}; stop it, or choose another -H`)
  await unlink(path).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error
  })
  const { server, serve } = waitingServer()
  // Nobody may connect between bind and chmod.
  const before = process.umask(0o177)
  try {
    await opened(server, () => server.listen(path))
  } finally {
    process.umask(before)
  }
  if (gid !== undefined && process.getuid?.() === 0) chownSync(path, 0, gid)
  chmodSync(path, 0o660)
  return { address: `unix://${path}`, serve, close: () => closed(server) }
}

async function listenTcp(target: string, { tls, log }: ListenOptions): Promise<Listener> {
  const found = /^(\[[^\]]+\]|[^:/]*)(?::(\d+))?\/?$/.exec(target)
  if (!found) throw new ConfigurationError(`invalid -H address tcp://${target}: use tcp://HOST:PORT`)
  const host = (found[1] ?? '').replace(/^\[|\]$/g, '') || '127.0.0.1'
  const port = Number(found[2] ?? DEFAULT_PORT)
  if (!tls && !isLoopback(host)) log.warn(`the API on tcp://${target} is open to the network without TLS: whoever reaches it is root on this machine`)
  const { server, serve } = tls ? tlsServer(tls) : waitingServer()
  await opened(server, () => server.listen(port, host))
  return { address: `tcp://${target}`, serve, close: () => closed(server) }
}

function tlsOptions(tls: TlsOptions) {
  return {
    ca: readFileSync(tls.ca),
    cert: readFileSync(tls.cert),
    key: readFileSync(tls.key),
    requestCert: tls.verify,
    rejectUnauthorized: tls.verify,
    allowHalfOpen: true,
  }
}

interface Feeder {
  readonly server: NetServer
  serve(http: Server): void
}

/** A plain listener whose connections the HTTP server takes; half-open ones stay so. Nothing is read from them before. */
function waitingServer(): Feeder {
  const waiting: Socket[] = []
  let take = (socket: Socket): void => void waiting.push(socket)
  const server = createNetServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => take(socket))
  return {
    server,
    serve(http) {
      take = (socket) => {
        http.emit('connection', socket)
        socket.resume()
      }
      for (const socket of waiting.splice(0)) take(socket)
    },
  }
}

/** Who speaks before there is somebody to answer is turned away: a handshake cannot wait half-done. */
function tlsServer(tls: TlsOptions): Feeder {
  let http: Server | undefined
  const server = createTlsServer(tlsOptions(tls), (socket) => (http ? http.emit('connection', socket) : socket.destroy()))
  return { server, serve: (served) => void (http = served) }
}

function opened(server: NetServer, open: () => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', (error) => reject(new ConfigurationError(`cannot listen: ${error.message}`)))
  server.once('listening', resolve)
  open()
  return promise
}

function closed(server: NetServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}

/** Whether a process answers on this socket: a file left by a killed daemon does not. */
function isAnswered(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(path)
  socket.once('connect', () => {
    socket.destroy()
    resolve(true)
  })
  socket.once('error', () => resolve(false))
  return promise
}

/** By name or number; undefined when this machine has no such group. */
async function groupId(group: string): Promise<number | undefined> {
  if (/^\d+$/.test(group)) return Number(group)
  const line = (await readFile('/etc/group', 'utf8')).split('\n').find((one) => one.startsWith(`${group}:`))
  return line === undefined ? undefined : Number(line.split(':')[2])
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
