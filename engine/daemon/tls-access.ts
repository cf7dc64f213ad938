import { readFileSync } from 'node:fs'
import { rm, unlink, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { Type } from 'typebox'
import type { ApiServer } from '../api/server.ts'
import type { TlsAccessSwitch, TlsAccessView } from '../api/tls-access/routes.ts'
import { EngineError, hasCode, messageOf } from '../errors.ts'
import { decodeObject } from '../json/go-json.ts'
import { makeBundle } from '../linux/certificates/bundle.ts'
import { certificateHost } from '../linux/certificates/names.ts'
import { packTar } from '../linux/tar.ts'
import { Lock } from '../lock.ts'
import type { Log } from '../log.ts'
import { type Listener, listen } from './listeners.ts'
import { readManaged } from './managed-file.ts'
import { lockOf } from './managed-settings.ts'

const Kept = Type.Object({ port: Type.Integer(), hosts: Type.Array(Type.String()) })

/** What always leads to the machine itself. */
const OWN_HOSTS = ['localhost', '127.0.0.1', '::1']
/** As long as clients accept a server's certificate anywhere. */
const VALID_DAYS = 825
const CLIENT = 'engineroom client'

/** What a client looks for in `DOCKER_CERT_PATH`. */
const BUNDLE = ['ca.pem', 'cert.pem', 'key.pem']

/**
 * A TCP address that lets in whoever has the certificate of one authority, made for it: off forgets the authority, so that nothing that
 * it has signed opens anything any more. It is as it was left when the engine starts. Nothing without TLS is offered here.
 */
export class TlsAccess implements TlsAccessSwitch {
  readonly #folder: string
  readonly #isInVm: boolean
  readonly #log: Log
  readonly #turn = new Lock()
  readonly #connections = new Set<Socket>()
  #kept: { readonly port: number; readonly hosts: readonly string[] } | undefined
  #listener: Listener | undefined
  #failure = ''
  #api: ApiServer | undefined

  /** @param folder may be not there yet */
  constructor(folder: string, isInVm: boolean, log: Log) {
    this.#folder = folder
    this.#isInVm = isInVm
    this.#log = log
  }

  /** Listens if it did when the engine ended; one that cannot be opened keeps nothing else from starting, and says why. */
  async start(api: ApiServer): Promise<void> {
    this.#api = api
    this.#kept = this.#read()
    if (!this.#kept) return await rm(this.#folder, { recursive: true, force: true })
    try {
      await this.#open(this.#kept.port)
    } catch (error) {
      this.#failure = messageOf(error)
      this.#log.error(`no access by TLS: ${this.#failure}`)
    }
  }

  view(): TlsAccessView {
    return { isOn: this.#kept !== undefined, ...this.#kept, lock: this.#lock(), ...(this.#failure !== '' && { failure: this.#failure }) }
  }

  /** @param hosts by which others reach this machine; its own name is added. @throws EngineError and nothing has changed */
  turnOn(port: number, hosts: readonly string[]): Promise<void> {
    return this.#turn.run(async () => {
      const lock = this.#lock()
      if (lock !== '') throw new EngineError('forbidden', lock)
      if (this.#kept) throw new EngineError('conflict', 'it is on already')
      if (port < 1 || port > 65_535) throw new EngineError('invalid', `invalid port: ${port}`)
      const all = [...new Set([...hosts.map(checkedHost), hostname(), ...OWN_HOSTS])]
      await using undo = new AsyncDisposableStack()
      undo.defer(() => rm(this.#folder, { recursive: true, force: true }))
      await makeBundle({ out: this.#folder, hosts: all, clientName: CLIENT, days: VALID_DAYS })
      // Nobody needs it again, and whoever had it could make clients.
      await unlink(join(this.#folder, 'ca-key.pem'))
      try {
        await this.#open(port)
      } catch (error) {
        throw new EngineError('conflict', messageOf(error), { cause: error })
      }
      undo.defer(() => this.#close())
      const kept = { port, hosts: all }
      await writeFile(join(this.#folder, 'access.json'), `${JSON.stringify(kept)}\n`, { flush: true })
      this.#kept = kept
      undo.move()
    })
  }

  /** Cuts off who came by it, and forgets its certificates. Idempotent. */
  turnOff(): Promise<void> {
    return this.#turn.run(async () => {
      await rm(this.#folder, { recursive: true, force: true })
      this.#kept = undefined
      this.#failure = ''
      this.#close()
    })
  }

  clientBundle(): ReturnType<TlsAccessSwitch['clientBundle']> {
    if (!this.#kept) throw new EngineError('not-found', 'there is no bundle while it is off')
    return packTar(join(this.#folder, 'client'), BUNDLE)
  }

  /** Before the engine ends; it stays on for the next. */
  close(): void {
    this.#close()
  }

  async #open(port: number): Promise<void> {
    const api = this.#api
    if (!api) throw new EngineError('unavailable', 'the engine is starting')
    const server = (file: string) => join(this.#folder, 'server', file)
    const tls = { verify: true, ca: server('ca.pem'), cert: server('cert.pem'), key: server('key.pem') }
    this.#listener = await listen(`tcp://0.0.0.0:${port}`, { group: '', tls, log: this.#log })
    this.#listener.serve({
      accept: (connection, transport) => {
        this.#connections.add(connection)
        connection.once('close', () => this.#connections.delete(connection))
        api.accept(connection, transport)
      },
      closeAllConnections: () => api.closeAllConnections(),
    })
    this.#log.info(`API listen on tcp://0.0.0.0:${port}, for who has the certificate`)
  }

  #close(): void {
    void this.#listener?.close()
    this.#listener = undefined
    for (const connection of this.#connections) connection.destroy()
  }

  #lock(): string {
    if (this.#isInVm) return 'This engine is in a virtual machine: other computers do not reach it by an address of its own.'
    return lockOf(readManaged(), 'hosts') ?? ''
  }

  #read(): { readonly port: number; readonly hosts: readonly string[] } | undefined {
    try {
      return decodeObject(Kept, JSON.parse(readFileSync(join(this.#folder, 'access.json'), 'utf8')))
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
      throw error
    }
  }
}

function checkedHost(text: string): string {
  try {
    return certificateHost(text)
  } catch (error) {
    throw new EngineError('invalid', `${JSON.stringify(text)}: ${messageOf(error)}`, { cause: error })
  }
}
