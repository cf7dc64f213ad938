import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { PlainError } from '../../plain-error.ts'

/** Something about this computer that the engine in the guest is to know. */
export interface Telling {
  /** Below `/engineroom/v1/outer-host/`. */
  readonly path: string
  /** Read when it is said: the time is not to wait for a handshake. */
  readonly facts: () => object
}

/**
 * Tells the engine in the guest something, one after the other on one connection.
 * @throws PlainError when the engine does not take it; Error when it cannot be reached; the signal's reason
 */
export async function tellEngine(engineSocket: string, tellings: readonly Telling[], signal: AbortSignal): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    const send = (options: RequestOptions, body?: string) => answerOf({ ...options, socketPath: engineSocket, agent, signal }, body)
    // The first request opens the connection, which the others find open.
    await text(await send({ path: '/_ping', headers: { Host: 'engine' } }))
    const headers = { Host: 'engine', 'Content-Type': 'application/json' }
    for (const { path, facts } of tellings) {
      const response = await send({ method: 'PUT', path: `/engineroom/v1/outer-host/${path}`, headers }, JSON.stringify(facts()))
      const words = (await text(response)).trim()
      if (response.statusCode === 204) continue
      const remedy = response.statusCode === 404 ? 'Make its image anew with: engineroom vm build' : ''
      throw new PlainError(`The engine in the guest does not take the ${path} of this computer: ${response.statusCode} ${words}`, remedy)
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    agent.destroy()
  }
}

function answerOf(options: RequestOptions, body: string | undefined): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  request(options, resolve).on('error', reject).end(body)
  return promise
}
