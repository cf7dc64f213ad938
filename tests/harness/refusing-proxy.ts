import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import { createConnection } from 'node:net'

/** What is refused says so, as an engine says it whose database cannot be read. */
export const REFUSAL = 'the proxy of this test refuses it: input/output error'

/**
 * A unix socket in front of an engine's. It passes every call on, but answers 500 in the engine's place to those whose method and path a
 * test has chosen with {@link refuse}. `await using` it.
 */
export class RefusingProxy implements AsyncDisposable {
  readonly socketPath: string
  readonly #server: Server
  #refused: RegExp | undefined

  static async listen(socketPath: string, behind: string): Promise<RefusingProxy> {
    const proxy = new RefusingProxy(socketPath, behind)
    proxy.#server.listen(socketPath)
    await once(proxy.#server, 'listening')
    return proxy
  }

  private constructor(socketPath: string, behind: string) {
    this.socketPath = socketPath
    this.#server = createServer((incoming, answer) => {
      const { method, url = '/', headers } = incoming
      if (this.#refused?.test(`${method} ${url}`)) {
        answer.writeHead(500, { 'Content-Type': 'application/json' }).end(JSON.stringify({ message: REFUSAL }))
        incoming.resume()
        return
      }
      const outgoing = request({ socketPath: behind, method, path: url, headers }, (from) => {
        answer.writeHead(from.statusCode ?? 502, from.headers)
        answer.flushHeaders()
        from.pipe(answer)
      })
      outgoing.on('error', () => answer.destroy())
      answer.on('close', () => outgoing.destroy())
      incoming.pipe(outgoing)
    })
    // Terminals take the connection over: head and bytes are passed on as they are.
    this.#server.on('upgrade', ({ method, url, rawHeaders }, client, head) => {
      const engine = createConnection(behind)
      const lines = Array.from({ length: rawHeaders.length / 2 }, (_, at) => `${rawHeaders[at * 2]}: ${rawHeaders[at * 2 + 1]}\r\n`)
      engine.write(`${method} ${url} HTTP/1.1\r\n${lines.join('')}\r\n`)
      engine.write(head)
      client.pipe(engine).pipe(client)
      client.on('error', () => engine.destroy())
      engine.on('error', () => client.destroy())
    })
  }

  /** @param calls `GET /v1.51/images/json?…`; undefined to pass on everything again. What is under way goes on. */
  refuse(calls: RegExp | undefined): void {
    this.#refused = calls
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
