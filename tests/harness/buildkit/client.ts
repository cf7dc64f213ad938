import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { createServer } from 'node:http2'
import { type Duplex, duplexPair } from 'node:stream'
import { type Client, Code, ConnectError, type ConnectRouter, createClient } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { sessionOn } from '../../../engine/api/buildkit/session-transport.ts'
import { Control, type SolveRequest, type SolveResponse, type StatusResponse } from '../../../engine/buildkit/protocol/control_pb.ts'
import { Auth, FileSend, FileSync } from '../../../engine/buildkit/protocol/filesync_pb.ts'
import { LLBBridge } from '../../../engine/buildkit/protocol/gateway_pb.ts'
import { Secrets } from '../../../engine/buildkit/protocol/secrets_pb.ts'
import { SSH } from '../../../engine/buildkit/protocol/ssh_pb.ts'
import type { Packet } from '../../../engine/buildkit/protocol/wire_pb.ts'
import { ContentStores } from './content-stores.ts'
import { type StatInit, send, statsOf, wishOf } from './folder-sender.ts'

export interface ClientOptions {
  /** The folder that is built; the Dockerfile is in it. */
  readonly context: string
  /** More of its folders, by the names under which it offers them. */
  readonly folders?: Readonly<Record<string, string>>
  readonly secrets?: Readonly<Record<string, string>>
  /** What it knows to open registries, by their hosts. */
  readonly credentials?: Readonly<Record<string, { readonly username: string; readonly secret: string }>>
  /** What an SSH agent of that name answers to what it is sent. */
  readonly agents?: Readonly<Record<string, (said: Buffer) => Buffer>>
  /** The same from build to build; none, and nothing is kept. */
  readonly sharedKey?: string
  /** Brings the session as a call on the other connection, as bake does. */
  readonly sessionByCall?: boolean
  /** What is told of the context in place of what is there. */
  readonly lies?: readonly StatInit[]
  /** Called when the engine asks for a file, before it is sent. */
  readonly onFile?: (path: string) => Promise<void> | void
  /** Called when the engine begins to send a file, before anything of it is taken. */
  readonly onOutput?: () => Promise<void> | void
}

/**
 * A BuildKit client of the tests' own: it opens the same two connections as buildx, calls on one, and serves on the other
 * files, secrets, and a place for what comes out.
 */
export class BuildKitClient {
  readonly id: string
  readonly control: Client<typeof Control>
  readonly gateway: Client<typeof LLBBridge>
  /** Files of the context whose bytes were asked for. */
  readonly sent: string[] = []
  /** What came for an archive. */
  readonly received: Uint8Array[] = []
  /** The same by output. */
  readonly files = new Map<string, Uint8Array[]>()
  /** Its folders with blobs. */
  readonly stores = new ContentStores()
  readonly #sockets: readonly Duplex[]

  private constructor(id: string, grpc: Duplex, session: (control: Client<typeof Control>) => Duplex, options: ClientOptions) {
    this.id = id
    const { transport } = sessionOn(grpc)
    this.control = createClient(Control, transport)
    this.gateway = createClient(LLBBridge, transport)
    const served = session(this.control)
    this.#sockets = [grpc, served]
    createServer({}, connectNodeAdapter({ routes: (router) => this.#serve(router, options), acceptCompression: [] })).emit('connection', served)
  }

  static async connect(socketPath: string, options: ClientOptions): Promise<BuildKitClient> {
    const id = randomUUID()
    const content = '/containerd.services.content.v1.Content'
    const methods = [
      '/moby.filesync.v1.FileSync/DiffCopy',
      '/moby.filesync.v1.FileSend/DiffCopy',
      '/moby.filesync.v1.Auth/Credentials',
      '/moby.buildkit.secrets.v1.Secrets/GetSecret',
      '/moby.sshforward.v1.SSH/CheckAgent',
      ...['Info', 'Read', 'Write'].map((method) => `${content}/${method}`),
    ]
    const headers = {
      'X-Docker-Expose-Session-Uuid': id,
      'X-Docker-Expose-Session-Sharedkey': options.sharedKey ?? '',
      'X-Docker-Expose-Session-Grpc-Method': methods.join(', '),
    }
    const grpc = await upgrade(socketPath, '/grpc', {})
    if (options.sessionByCall) return new BuildKitClient(id, grpc, (control) => call(control, headers), options)
    const session = await upgrade(socketPath, '/session', headers)
    return new BuildKitClient(id, grpc, () => session, options)
  }

  /** Asks for a Dockerfile to be built. @param attributes of the frontend */
  solve(
    attributes: Record<string, string> = {},
    exporters: SolveRequest['exporters'][number][] | Exporter[] = [],
    ref: string = randomUUID(),
  ): Promise<SolveResponse> {
    return this.control.solve({ ref, session: this.id, frontend: 'dockerfile.v0', frontendAttrs: attributes, exporters })
  }

  /** The same, with all that was said of it. */
  async build(attributes: Record<string, string> = {}, exporters: Exporter[] = []): Promise<{ response: SolveResponse; told: Told }> {
    const ref = randomUUID()
    const told = new Told()
    const [response] = await Promise.all([this.solve(attributes, exporters, ref), told.listen(this.control.status({ ref }))])
    return { response, told }
  }

  /** The connections are gone, without a word. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  [Symbol.dispose](): void {
    this.cut()
  }

  #serve(router: ConnectRouter, { context, folders = {}, secrets = {}, credentials = {}, agents = {}, lies, onFile, onOutput }: ClientOptions): void {
    const { sent, received, files } = this
    this.stores.serve(router)
    router.service(FileSync, {
      async *diffCopy(incoming: AsyncIterable<Packet>, { requestHeader }) {
        const name = requestHeader.get('dir-name') ?? ''
        const root = folders[name] ?? context
        const isWhole = name !== 'dockerfile' && !requestHeader.has('followpaths')
        const stats = isWhole && lies ? lies : await statsOf(root, wishOf(requestHeader))
        for await (const packet of send(root, stats, incoming, (path) => isWhole && sent.push(root === context ? path : `${name}/${path}`))) {
          if (packet.type === 2) await onFile?.(stats[packet.id]?.path ?? '')
          yield packet
        }
      },
    })
    router.service(FileSend, {
      async *diffCopy(incoming, { requestHeader }) {
        await onOutput?.()
        const file: Uint8Array[] = []
        files.set(requestHeader.get('buildkit-attachable-exporter-id') ?? '', file)
        for await (const { data } of incoming) {
          received.push(data)
          file.push(data)
        }
        yield* []
      },
    })
    router.service(Auth, { credentials: ({ host }) => credentials[host] ?? { username: '', secret: '' } })
    router.service(SSH, {
      checkAgent({ id }) {
        if (!agents[id]) throw new ConnectError(`unset ssh forward key ${id}`, Code.Unknown)
        return {}
      },
      async *forwardAgent(incoming, { requestHeader }) {
        const answer = agents[requestHeader.get('buildkit.ssh.id') ?? '']
        if (answer) for await (const { data } of incoming) yield { data: new Uint8Array(answer(Buffer.from(data))) }
      },
    })
    router.service(Secrets, {
      getSecret({ id }) {
        const secret = secrets[id]
        if (secret === undefined) throw new ConnectError(`secret ${id} not found`, Code.NotFound)
        return { data: Buffer.from(secret) }
      },
    })
  }
}

type Exporter = { type: string; attrs: Record<string, string> }

/** What a build has said of itself. */
export class Told {
  readonly responses: StatusResponse[] = []

  async listen(stream: AsyncIterable<StatusResponse>): Promise<void> {
    for await (const response of stream) this.responses.push(response)
  }

  /** Names of steps as they stand at the end, with what became of them. */
  get steps(): string[] {
    const last = new Map(this.responses.flatMap(({ vertexes }) => vertexes).map((vertex) => [vertex.digest, vertex]))
    return [...last.values()].map(
      ({ name, cached, completed, error }) => `${name}${cached ? ' CACHED' : ''}${error === '' ? (completed ? '' : ' OPEN') : ' ERROR'}`,
    )
  }

  get logs(): string {
    return this.responses.flatMap(({ logs }) => logs.map(({ msg }) => Buffer.from(msg).toString())).join('')
  }

  get everything(): string {
    return JSON.stringify(this.responses, (_, value) =>
      typeof value === 'bigint' ? String(value) : value instanceof Uint8Array ? Buffer.from(value).toString() : value,
    )
  }
}

/** A connection whose bytes are the messages of a call. */
function call(control: Client<typeof Control>, headers: Record<string, string>): Duplex {
  const [near, far] = duplexPair()
  const said = async function* () {
    for await (const data of far as AsyncIterable<Buffer>) yield { data: new Uint8Array(data) }
  }
  const answer = async () => {
    for await (const { data } of control.session(said(), { headers })) far.write(data)
  }
  answer()
    .finally(() => near.destroy())
    .catch(() => undefined)
  return near
}

/** Takes a connection over for HTTP/2. */
function upgrade(socketPath: string, path: string, headers: Record<string, string | string[]>): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>()
  const asked = request({ socketPath, path, method: 'POST', headers: { Connection: 'Upgrade', Upgrade: 'h2c', ...headers } })
  asked.on('upgrade', (_, socket, head) => {
    socket.unshift(head)
    resolve(socket)
  })
  asked.on('response', ({ statusCode }) => reject(new Error(`POST ${path}: ${statusCode}`)))
  asked.on('error', reject).end()
  return promise
}
