import type { IncomingMessage, Server, ServerResponse } from 'node:http'

/** Node would end its side as soon as the client ends its own, and lose the answer. It has this option, but does not name it. */
export function allowHalfClosed(server: Server): void {
  Reflect.set(server, 'httpAllowHalfOpen', true)
}

/**
 * A client that has asked may end its side and read on, as `nc -N` does. As under dockerd that calls off what waits for
 * something to happen, and the answer of anything else arrives. A stream that is under way ends.
 * @returns to be called when the request is handled: what has no answer by then gets none
 */
export function watchHalfClosed(request: IncomingMessage, response: ServerResponse, abort: AbortController): () => void {
  const { socket } = request
  let isHalfClosed = false
  const onEnd = () => {
    isHalfClosed = true
    if (!response.headersSent) abort.abort()
    else if (!response.writableEnded) socket.end()
  }
  socket.on('end', onEnd)
  response.on('close', () => socket.off('end', onEnd))
  return () => {
    if (isHalfClosed && !response.writableEnded) socket.end()
  }
}
