import { type IncomingHttpHeaders, request } from 'node:http'
import type { Duplex } from 'node:stream'
import { codeOf, messageOf } from '../errors.ts'

/** Why nobody is there: `absent` may come back by itself, `refused` needs a person. The socket is shown beside `detail`. */
export interface Absence {
  readonly kind: 'absent' | 'refused'
  readonly detail: string
  /** What to do about it, where that is known. */
  readonly remedy?: string
  /** What was heard last. */
  readonly lastLines?: readonly string[]
}

/** An event stream that says nothing: only its end is of interest. */
const PATH = `/events?filters=${encodeURIComponent(JSON.stringify({ event: ['engineroom-presence'] }))}`

/**
 * Holds a connection to the engine for as long as it lives. This is how we know that it is there without asking again and
 * again.
 * @param dial opens the connection
 * @param onPresent called once when the engine answers
 * @param reason why a connection came to nothing
 * @returns how it went away, or why it never was there
 */
export function presence(
  dial: () => Duplex,
  onPresent: (headers: IncomingHttpHeaders) => void,
  signal: AbortSignal,
  reason: (error: unknown) => Absence = absenceOf,
): Promise<Absence> {
  const { promise, resolve } = Promise.withResolvers<Absence>()
  const outgoing = request({ createConnection: dial, path: PATH, headers: { Host: 'engine', 'X-Engineroom-Window': '1' }, signal })
  outgoing.on('response', (response) => {
    if (response.statusCode === 200) onPresent(response.headers)
    else resolve({ kind: 'refused', detail: `What answers on this socket is no engine: status ${response.statusCode} to /events.` })
    response.resume()
    response.on('error', () => undefined) // Its end is told by `close`, whatever the reason.
    response.on('close', () => resolve({ kind: 'absent', detail: 'The engine has stopped.' }))
  })
  outgoing.on('error', (error) => resolve(reason(error)))
  outgoing.end()
  return promise
}

function absenceOf(error: unknown): Absence {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return { kind: 'absent', detail: 'No engine is running.' }
    case 'EACCES':
    case 'EPERM':
      return { kind: 'refused', detail: 'You may not use its socket: permission denied. Join the group that owns it, then log in again.' }
    default:
      return { kind: 'absent', detail: `The engine cannot be reached: ${messageOf(error)}.` }
  }
}
