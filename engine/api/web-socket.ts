import { PassThrough, Writable } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { EngineError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { ApiCall } from './call.ts'
import type { Hijacked } from './hijack.ts'

/** More than anyone types or pastes at once. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024

const NORMAL_CLOSURE = 1000

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES })

/**
 * Makes a WebSocket of the connection: a message of the client is input, whatever its kind; output goes in binary messages,
 * before API 1.28 in text ones. The client has no way to end its input alone: closing ends both.
 * @returns undefined when the handshake was wrong, which the client was then told
 * @throws EngineError `invalid` when the client did not ask for a WebSocket
 */
export function openWebSocket(call: ApiCall, log: Log): Hijacked | undefined {
  const { request, response, upgrade } = call
  if (!upgrade || call.header('upgrade').toLowerCase() !== 'websocket') throw new EngineError('invalid', 'not websocket protocol')
  let opened: Hijacked | undefined
  sockets.handleUpgrade(request, upgrade.socket, call.takeHead(), (client) => {
    response.statusCode = 101
    opened = streamsOf(client, { isBinary: call.version.atLeast('1.28') }, log)
  })
  return opened
}

function streamsOf(client: WebSocket, { isBinary }: { isBinary: boolean }, log: Log): Hijacked {
  const input = new PassThrough()
  const output = new Writable({
    write: (chunk: Buffer, _, done) => client.send(chunk, { binary: isBinary }, done),
    final(done) {
      client.close(NORMAL_CLOSURE)
      done()
    },
  })
  client.on('message', (data: Buffer) => {
    if (!input.write(data)) client.pause()
  })
  input.on('drain', () => client.resume())
  client.on('error', (error) => log.debug('a websocket failed', { error: error.message }))
  client.on('close', () => {
    input.end()
    output.destroy()
  })
  return { input, output, close: () => void output.end() }
}
