import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { PlainError } from '../plain-error.ts'
import type { Dial } from './dial.ts'

const NO_ENGINE = 'What answers there is no engine.'

/**
 * What an engine says of itself, by a connection of its own that ends with the answer.
 * @throws Error of the connection; PlainError when it is no engine
 * @see Engine API 1.51 SystemVersion
 */
export async function askVersion(dial: Dial, signal: AbortSignal): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const asked = request({ createConnection: dial, path: '/version', headers: { Host: 'engine', 'X-Engineroom-Window': '1' }, signal })
  asked.on('response', (response) => {
    text(response).then((said) => (response.statusCode === 200 ? resolve(said) : reject(new PlainError(NO_ENGINE))), reject)
  })
  asked.on('error', reject)
  asked.end()
  const said = await promise
  try {
    return JSON.parse(said)
  } catch (cause) {
    throw new PlainError(NO_ENGINE, '', { cause })
  }
}
