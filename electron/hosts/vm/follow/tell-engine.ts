import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { PlainError } from '../plain-error.ts'

/**
 * Tells the engine in the guest something about this computer.
 * @param path below `/engineroom/v1/outer-host/`
 * @param facts read when the engine is reached: the time is not to wait for a handshake
 * @throws PlainError when the engine does not take it; Error when it cannot be reached; the signal's reason
 */
export async function tellEngine(engineSocket: string, path: string, facts: () => object, signal: AbortSignal): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    const send = (options: RequestOptions, body?: string) => answerOf({ ...options, socketPath: engineSocket, agent, signal }, body)
    // The first request opens the connection, which the second one finds open.
    await text(await send({ path: '/_ping', headers: { Host: 'engine' } }))
    const headers = { Host: 'engine', 'Content-Type': 'application/json' }
    const response = await send({ method: 'PUT', path: `/engineroom/v1/outer-host/${path}`, headers }, JSON.stringify(facts()))
    const words = (await text(response)).trim()
    if (response.statusCode === 204) return
    const remedy = response.statusCode === 404 ? 'Make its image anew with: engineroom vm build' : ''
    throw new PlainError(`The engine in the guest does not take the ${path} of this computer: ${response.statusCode} ${words}`, remedy)
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
