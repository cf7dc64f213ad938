import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { recordOf, textOf } from './docker/config-file.ts'

export interface Asked {
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * One call of the Engine API, by the window itself: the engine's inspector leaves it out. It is of no version, so that any engine takes it.
 * @returns what the engine answered, of JSON; an empty object for an empty answer
 * @throws Error with the engine's words
 */
export function askEngine(socketPath: string, method: 'GET' | 'POST', path: string, { body, headers }: Asked = {}): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const more = { ...(body && { 'Content-Type': 'application/json' }), ...headers }
  const outgoing = request({ socketPath, method, path, agent: false, headers: { host: 'engine', 'X-Engineroom-Window': '1', ...more } }, (response) => {
    const status = response.statusCode ?? 0
    text(response)
      .then((answer) => {
        const said: unknown = JSON.parse(answer || '{}')
        // 304: it is so already.
        if (status < 300 || status === 304) resolve(said)
        else reject(new Error(textOf(recordOf(said).message) || `The engine answered ${status}`))
      })
      .catch(reject)
  })
  outgoing.on('error', reject)
  outgoing.end(body && JSON.stringify(body))
  return promise
}
