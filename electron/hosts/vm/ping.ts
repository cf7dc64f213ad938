import { get } from 'node:http'

/** Whether an engine answers on this socket now. @throws the signal's reason */
export async function isAnswering(socketPath: string, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const request = get({ socketPath, path: '/_ping', agent: false, headers: { Host: 'engine' }, signal }, (response) => {
    response.resume()
    response.on('error', () => resolve(false))
    response.on('end', () => resolve(response.statusCode === 200))
  })
  request.on('error', () => resolve(false))
  const isThere = await promise
  signal.throwIfAborted()
  return isThere
}
