import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { bodyStream } from './body-stream.ts'

/** One hop's business, or the browser's own; the engine gets neither. @see RFC 9110 section 7.6.1 */
const HOP_HEADERS = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'host', 'origin', 'referer', 'cookie']

const NO_BODY = [204, 205, 304]

/** A page asks for much at its start and for little afterwards. */
const MAX_IDLE_CONNECTIONS = 2

/** The way from the page to the engine: HTTP over the engine's unix socket, streamed both ways. */
export class EngineProxy {
  readonly #socketPath: () => string
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: MAX_IDLE_CONNECTIONS })

  /** @param socketPath asked at each request */
  constructor(socketPath: () => string) {
    this.#socketPath = socketPath
  }

  /**
   * Sends the page's request on; resolves once the engine's head is there. The engine's connection is closed as soon as
   * the page aborts or cancels the body.
   * @param path the Engine API's path and query
   * @param more headers that the page does not know
   * @throws Error when the engine cannot be reached
   */
  async forward(request: Request, path: string, more: Readonly<Record<string, string>> = {}): Promise<Response> {
    request.signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const outgoing = httpRequest({
      socketPath: this.#socketPath(),
      agent: this.#agent,
      method: request.method,
      path,
      headers: { ...sentOn(request.headers), ...more, host: 'engine' },
      signal: request.signal,
    })
    outgoing.on('response', resolve)
    // Also after the head: the body's reader is then the one to be told.
    outgoing.on('error', reject)
    if (request.body) pipeline(Readable.fromWeb(request.body as NodeReadableStream<Uint8Array>), outgoing).catch(reject)
    else outgoing.end()
    const answer = await promise
    const status = answer.statusCode ?? 502
    const headers = headersOf(answer)
    if (NO_BODY.includes(status) || request.method === 'HEAD') {
      answer.resume()
      return new Response(null, { status, headers })
    }
    return new Response(
      bodyStream(answer, () => outgoing.destroy()),
      { status, headers },
    )
  }

  /** Idle connections only; those in use belong to their requests. */
  close(): void {
    this.#agent.destroy()
  }
}

function sentOn(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => !HOP_HEADERS.includes(name) && !name.startsWith('sec-')))
}

function headersOf({ headers }: IncomingMessage): Headers {
  const result = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || HOP_HEADERS.includes(name)) continue
    for (const one of Array.isArray(value) ? value : [value]) result.append(name, one)
  }
  return result
}
