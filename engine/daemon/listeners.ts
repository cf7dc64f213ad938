import { chmodSync, chownSync, readFileSync } from 'node:fs'
import { mkdir, readFile, unlink } from 'node:fs/promises'
import { connect, createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import type { Transport } from '../api/cross-origin.ts'
import type { ApiServer } from '../api/server.ts'
import { hasCode, messageOf } from '../errors.ts'
import { trustNobodyYet } from '../linux/trusted-authorities.ts'
import type { Log } from '../log.ts'
import { ConfigurationError } from './configuration-error.ts'
import { warnOfExposure } from './exposure.ts'
import type { TlsOptions } from './flags.ts'
import { parseHostAddress } from './host-address.ts'
import { takePassedSockets } from './passed-sockets.ts'

/** One address on which the API is, or will be, served. */
export interface Listener {
  readonly address: string
  /** Hands over the connections: those that came until now and waited, and all that come. */
  serve(api: ApiServer): void
  close(): Promise<void>
}

interface ListenOptions {
  readonly group: string
  readonly tls: TlsOptions | undefined
  readonly log: Log
}

/** A machine without it is no mistake: the default of dockerd, too. */
const DEFAULT_GROUP = 'docker'

/**
 * Opens an address of `-H`, before there is anything to serve: what is taken shows at once, and clients that come early
 * wait. Several feed one HTTP server.
 * @throws ConfigurationError when it is not an address, or somebody has it
 */
export async function listen(text: string, options: ListenOptions): Promise<Listener> {
  const { tls, log } = options
  const address = parseHostAddress(text, { hasTls: tls !== undefined })
  if (address.kind === 'unix') return listenUnix(address.path, options)
  if (address.kind === 'passed') return listenPassed(text)
  const { server, serve } = tls ? tlsServer(tls) : waitingServer('tcp')
  await opened(server, () => (isEverywhere(address.host) ? server.listen(address.port) : server.listen(address.port, address.host)))
  warnOfExposure(address, tls, log)
  return { address: text, serve, close: () => closed(server) }
}

/**
 * All addresses of this machine, IPv6 ones too where it has them: so Go takes either, and dockerd with it. Without the name Node also needs no
 * pattern for addresses of IPv6, whose first use takes longer than all else about listening.
 */
function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
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
  const { server, serve } = waitingServer('unix')
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

/** Who may connect to a socket of systemd's is said in its unit; so that is where TCP would have to ask for certificates, and cannot. */
async function listenPassed(text: string): Promise<Listener> {
  const feeders: Feeder[] = []
  for (const fd of takePassedSockets(process.env, process.pid)) {
    const feeder = waitingServer('unix')
    await opened(feeder.server, () => feeder.server.listen({ fd }))
    // Of a unix socket that it has not opened itself, Node does not know the name.
    if (feeder.server.address() !== null) throw new ConfigurationError(`${text} takes unix sockets only; for others use -H tcp://HOST:PORT`)
    feeders.push(feeder)
  }
  return {
    address: text,
    serve(api) {
      for (const feeder of feeders) feeder.serve(api)
    },
    async close() {
      await Promise.all(feeders.map(({ server }) => closed(server)))
    },
  }
}

interface Feeder {
  readonly server: NetServer
  serve(api: ApiServer): void
}

/** A plain listener whose connections the HTTP server takes; half-open ones stay so. Nothing is read from them before. */
function waitingServer(transport: Transport): Feeder {
  const waiting: Socket[] = []
  let take = (socket: Socket): void => void waiting.push(socket)
  const server = createNetServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => take(socket))
  return {
    server,
    serve(api) {
      take = (socket) => {
        api.accept(socket, transport)
        socket.resume()
      }
      for (const socket of waiting.splice(0)) take(socket)
    },
  }
}

/** As servers in Go have it, dockerd among them: a virtual machine that was suspended for days knows who comes back. */
const SESSION_SECONDS = 7 * 24 * 3600

/**
 * Who speaks before there is somebody to answer is turned away: a handshake cannot wait half-done.
 * @throws ConfigurationError for a file that is not there, or not what it should be
 */
function tlsServer(tls: TlsOptions): Feeder {
  let api: ApiServer | undefined
  // Without `--tlsverify` nobody is asked for a certificate, so there is no authority to check one with.
  const paths = { cert: tls.cert, key: tls.key, ...(tls.verify && { ca: tls.ca }) }
  const verify = { requestCert: tls.verify, rejectUnauthorized: tls.verify }
  try {
    const files = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, readFileSync(path)]))
    const options = { ...files, ...verify, sessionTimeout: SESSION_SECONDS, allowHalfOpen: true, noDelay: true }
    trustNobodyYet()
    const server = createTlsServer(options, (socket) => (api ? api.accept(socket, 'tls') : socket.destroy()))
    return { server, serve: (served) => void (api = served) }
  } catch (error) {
    throw new ConfigurationError(`TLS cannot be set up with ${Object.values(paths).join(', ')}: ${messageOf(error)}`)
  }
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
