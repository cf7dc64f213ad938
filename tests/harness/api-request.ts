import { request } from 'node:http'
import { text } from 'node:stream/consumers'

export interface ApiAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  /** The body as JSON; for tests to look into. */
  json<T>(): T
}

/**
 * One plain request to an engine's unix socket.
 * @param path with or without a version prefix
 * @throws Error when the connection breaks, also in the middle of the answer
 */
export function apiRequest(socketPath: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>()
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body)
  const payload = body === undefined ? undefined : isRaw ? body : JSON.stringify(body)
  const type = body === undefined || isRaw ? {} : { 'content-type': 'application/json' }
  const outgoing = request({ socketPath, method, path, headers: { ...type, ...headers } }, async (response) => {
    const answer = await text(response).catch(reject)
    if (answer === undefined) return
    resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer, json: <T>() => JSON.parse(answer) as T })
  })
  outgoing.on('error', reject)
  outgoing.end(payload)
  return promise
}
