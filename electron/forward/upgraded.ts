import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/**
 * The connection that a request asked to be taken over from HTTP. To be called in the same turn as its `end`.
 * @param refusal what to throw when the answer is another one; to read it is up to this function
 * @throws Error of the request
 */
export function upgraded(outgoing: ClientRequest, refusal: (response: IncomingMessage) => Promise<Error>): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>()
  outgoing.on('upgrade', (_response, socket, head) => {
    if (head.length > 0) socket.unshift(head)
    resolve(socket)
  })
  outgoing.on('response', (response) => void refusal(response).then(reject, reject))
  outgoing.on('error', reject)
  return promise
}
