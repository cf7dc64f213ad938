import { EventEmitter, once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Client } from './case.ts'

const ID = 'a'.repeat(64)
const UPGRADED = 'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n'

/**
 * Answers what `docker run`, `exec` and `ps` ask, at once and without a container behind it: what they take then is the CLI's own time. For
 * measurements only, one command at a time.
 */
export class InstantEngine implements Client, AsyncDisposable {
  readonly name = 'an engine that answers at once'
  readonly env: NodeJS.ProcessEnv
  readonly #server: Server
  readonly #events = new EventEmitter()

  private constructor(socketPath: string, list: string) {
    this.env = { ...process.env, DOCKER_HOST: `unix://${socketPath}`, DOCKER_CLI_HINTS: 'false' }
    this.#server = createServer((request, response) => {
      request.resume()
      response.setHeader('Api-Version', '1.51').setHeader('Ostype', 'linux')
      this.#answer(`${request.method} ${request.url?.replace(/^\/v[\d.]+/, '').replace(/\?.*/, '')}`, response, list)
    })
    this.#server.on('upgrade', ({ url }, stream: Duplex) => this.#upgrade(url ?? '', stream))
  }

  /** @param list what it answers to `ps`, as JSON */
  static async start(socketPath: string, list: string): Promise<InstantEngine> {
    const engine = new InstantEngine(socketPath, list)
    engine.#server.listen(socketPath)
    await once(engine.#server, 'listening')
    return engine
  }

  #answer(asked: string, response: ServerResponse, list: string): void {
    const json = (status: number, body: unknown) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
    if (asked === 'GET /containers/json') response.writeHead(200, { 'Content-Type': 'application/json' }).end(list)
    else if (/\/(create|exec)$/.test(asked)) json(201, { Id: ID, Warnings: [] })
    else if (asked.endsWith('/wait')) {
      response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders()
      this.#events.once('started', () => response.end('{"StatusCode":0}'))
    } else if (asked.endsWith('/start')) {
      response.writeHead(204).end()
      this.#events.emit('started')
    } else if (asked.startsWith('GET /containers/')) json(200, { Id: ID, State: { Running: true }, Config: {} })
    else if (asked.startsWith('GET /exec/')) json(200, { ID, Running: false, ExitCode: 0 })
    else response.writeHead(200).end()
  }

  #upgrade(url: string, stream: Duplex): void {
    stream.resume().on('error', () => {}) // The CLI goes as soon as it knows the exit code.
    stream.write(UPGRADED)
    if (url.includes('/exec/')) stream.end()
    else this.#events.once('started', () => stream.end())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}
