import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { connect as connectPlain, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { codeOf } from '../../errors.ts'
import { join } from '../join.ts'
import { listenPrivately } from '../listen-privately.ts'
import { PlainError } from '../plain-error.ts'
import { type Papers, SERVER_NAME } from './certificates.ts'
import { Turns } from './turns.ts'

export interface Destination {
  readonly host: string
  readonly port: number
}

/**
 * The socket that docker clients use, which leads to an engine elsewhere: every connection becomes one of mutual TLS,
 * byte for byte, and each direction ends by itself, as attach and exec need it. While there is no destination,
 * connections are turned away.
 */
export class Forwarder {
  readonly #socketPath: string
  readonly #papers: SecureContext
  readonly #server: Server
  readonly #open = new Set<Socket>()
  readonly #handshakes = new Turns(HANDSHAKES_AT_A_TIME)
  #destination: Destination | undefined
  /** Of an earlier connection: who shows it need not prove again who it is, which takes both sides most of a handshake. */
  #session: Buffer | undefined

  /** @param session of another one with the same papers and destination */
  constructor(socketPath: string, papers: Papers, session?: Buffer) {
    this.#socketPath = socketPath
    this.#session = session
    this.#papers = createSecureContext({ ...papers, ecdhCurve: CURVE })
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => this.#accept(client))
  }

  get session(): Buffer | undefined {
    return this.#session
  }

  /** @throws PlainError when somebody else answers on the socket */
  async listen(): Promise<void> {
    const isPipe = this.#socketPath.startsWith('\\\\')
    if (!isPipe) await makeWay(this.#socketPath)
    await listenPrivately(this.#server, this.#socketPath)
  }

  /** Where connections go from now on. */
  lead(destination: Destination | undefined): void {
    this.#destination = destination
    if (!destination) for (const socket of this.#open) socket.destroy()
  }

  async close(): Promise<void> {
    this.lead(undefined)
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    client.on('error', () => client.destroy())
    if (!this.#destination) return void client.destroy()
    this.#open.add(client)
    client.once('close', () => this.#open.delete(client))
    this.#handshakes.take((done) => {
      // The client may have left meanwhile, or the engine gone.
      if (client.destroyed || !this.#destination) {
        client.destroy()
        return done()
      }
      const engine = dial(this.#destination, this.#papers, this.#session)
      engine.on('session', (session) => {
        this.#session = session
      })
      engine.once('secureConnect', done).once('close', done)
      join(client, engine)
      client.resume()
    })
  }
}

/** The certificates' own. The default is one that no quantum computer breaks as well, of which an emulated processor has much work; and this is the loopback. */
const CURVE = 'P-256'

/**
 * QEMU's user network has room for two connections that it has not accepted yet; the others would be tried again by the
 * kernel, after 1, 3, 7 seconds and so on. The engine does one handshake after the other anyway.
 */
const HANDSHAKES_AT_A_TIME = 2

/** A connection of mutual TLS whose two directions end by themselves. */
function dial({ host, port }: Destination, secureContext: SecureContext, session: Buffer | undefined): TLSSocket {
  const plain = connectPlain({ host, port, allowHalfOpen: true, noDelay: true })
  return connectTls({ socket: plain, secureContext, session, servername: SERVER_NAME }) // Half-open as the plain one is.
}

/** Removes what a crash left. */
async function makeWay(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const probe = connectPlain(path)
  try {
    await once(probe, 'connect')
  } catch (error) {
    if (codeOf(error) === 'ECONNREFUSED') await rm(path, { force: true })
    else if (codeOf(error) !== 'ENOENT') throw error
    return
  } finally {
    probe.destroy()
  }
  throw new PlainError(`Another program answers on ${path} already.`, 'Stop it, or give this VM another --name.')
}
