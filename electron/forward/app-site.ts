import { messageOf } from '../errors.ts'
import { inVersionOf } from './api-version.ts'
import { EngineProxy } from './engine-proxy.ts'
import { isOwnUrl } from './origin.ts'
import { fileResponse } from './static-files.ts'

/** What the page may load and do: the same as in the web console. Styles are inline only where the terminal sets them. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
}

export interface SiteParts {
  /** The built window. */
  readonly staticDir: string
  /** Asked at each request. */
  readonly engineSocketPath: () => string
  /** The newest API of its engine; undefined where that is ours. */
  readonly apiVersion?: () => string | undefined
  /** What goes along with a pull; undefined for nothing. */
  readonly registryAuth?: (path: string) => Promise<string | undefined>
}

/**
 * The site that the window shows: its own files, and the Engine API below `/engine`. It answers Requests and knows
 * nothing of Electron, so that Node alone can run it.
 */
export function appSite({ staticDir, engineSocketPath, apiVersion, registryAuth }: SiteParts): (request: Request) => Promise<Response> {
  const engine = new EngineProxy(engineSocketPath)
  return async (request) => {
    const response = await answer(request)
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value)
    return response
  }

  async function answer(request: Request): Promise<Response> {
    if (!isOwnUrl(request.url)) return refusal(404, 'There is no such site.')
    const { pathname, search } = new URL(request.url)
    if (pathname.startsWith('/engine/')) {
      try {
        const path = inVersionOf(apiVersion?.(), pathname.slice('/engine'.length) + search)
        const auth = request.method === 'POST' ? await registryAuth?.(path) : undefined
        const response = await engine.forward(request, path, auth === undefined ? {} : { 'x-registry-auth': auth })
        response.headers.set('Cache-Control', 'no-store')
        return response
      } catch (error) {
        return refusal(502, `The engine does not answer: ${messageOf(error)}`)
      }
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405, 'Only GET here.')
    return (await fileResponse(staticDir, pathname === '/' ? '/index.html' : pathname)) ?? refusal(404, 'There is no such page.')
  }
}

function refusal(status: number, message: string): Response {
  return Response.json({ message }, { status, headers: { 'Cache-Control': 'no-store' } })
}
