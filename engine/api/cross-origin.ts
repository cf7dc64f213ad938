import type { IncomingMessage, ServerResponse } from 'node:http'
import { EngineError } from '../errors.ts'

/** How a client is connected. A page in a browser cannot open a unix socket; everything else it can. */
export type Transport = 'unix' | 'tcp' | 'tls'

const METHODS = 'HEAD, GET, POST, DELETE, PUT, OPTIONS'
const REQUEST_HEADERS = 'Origin, X-Requested-With, Content-Type, Accept, X-Registry-Auth, X-Registry-Config'
const ANSWER_HEADERS = 'Api-Version, Docker-Experimental, Ostype, Server, X-Docker-Container-Path-Stat'

/**
 * Which pages of other places may use the API. A browser sends `Origin` with what a page asks for elsewhere, lets simple
 * requests and WebSockets through without asking, and only keeps the answers from the page: so a request of a page that
 * was not named must not be carried out.
 * @see Fetch standard, "HTTP CORS protocol"; dockerd reference, `--api-cors-header`
 */
export class CrossOrigin {
  readonly #origins: ReadonlySet<string>

  /** @param origins as browsers write them, e.g. `https://panel.example`, or `*` for every page there is */
  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins)
  }

  /**
   * Adds what the browser wants to hear, if the page is one of those.
   * @throws EngineError `forbidden` for a page that is not
   */
  admit({ headers }: IncomingMessage, response: ServerResponse, transport: Transport): void {
    const { origin } = headers
    const isForAll = this.#origins.has('*')
    if (this.#origins.size > 0 && !isForAll) response.setHeader('Vary', 'Origin')
    if (origin === undefined) return
    if (isForAll || this.#origins.has(origin)) {
      response.setHeader('Access-Control-Allow-Origin', isForAll ? '*' : origin)
      response.setHeader('Access-Control-Allow-Methods', METHODS)
      response.setHeader('Access-Control-Allow-Headers', REQUEST_HEADERS)
      response.setHeader('Access-Control-Expose-Headers', ANSWER_HEADERS)
      if (headers['access-control-request-private-network'] === 'true') response.setHeader('Access-Control-Allow-Private-Network', 'true')
    } else if (transport !== 'unix') {
      throw new EngineError('forbidden', `pages of ${origin} may not use this engine: --api-cors-header does not name them`)
    }
  }
}
