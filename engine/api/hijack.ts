import { type Duplex, PassThrough, type Readable, type Writable } from 'node:stream'
import type { ApiCall } from './call.ts'
import { heardOut } from './heard-out.ts'

/** A connection taken over from HTTP: bytes both ways until one side has enough. */
export interface Hijacked {
  /** What the client sends; ends when it shuts down its writing side. */
  readonly input: Readable
  readonly output: Writable
  /** Ends our side once everything is written. */
  close(): void
}

export const RAW_STREAM = 'application/vnd.docker.raw-stream'
export const MULTIPLEXED_STREAM = 'application/vnd.docker.multiplexed-stream'

/**
 * Takes over the connection with docker's exact bytes: `101 UPGRADED` for a client that asked to upgrade, otherwise a
 * `200` without length or chunks that ends with the connection. The head is its own packet, flushed before any output:
 * some clients read it through a buffer that they then throw away.
 * @see engine-api notes 3.1
 */
export function hijack(call: ApiCall, contentType: string): Hijacked {
  if (call.upgrade) return upgraded(call, call.upgrade.socket, contentType)
  const { request, response } = call
  const { socket } = request
  response.shouldKeepAlive = false
  response.useChunkedEncodingByDefault = false
  response.removeHeader('Date')
  response.sendDate = false
  response.writeHead(200, { 'Content-Type': RAW_STREAM })
  response.flushHeaders()
  const hasBody = !request.readableEnded && (request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0)
  return {
    input: hasBody ? request : silentUntilClosed(socket),
    output: response,
    close() {
      response.end()
      // Without a length, the end of the connection is the end of the answer.
      response.once('finish', () => socket.end())
    },
  }
}

/** A request without a body, or one whose body was something else, says nothing, which is not the same as having said all. */
function silentUntilClosed(socket: Duplex): Readable {
  const input = new PassThrough()
  socket.once('close', () => input.end())
  return input
}

/** How long a client has to end its side after us; then it has no say. */
const LINGER_MS = 1000

function upgraded(call: ApiCall, socket: Duplex, contentType: string): Hijacked {
  const protocol = call.header('upgrade') || 'tcp'
  call.response.statusCode = 101
  socket.write(`HTTP/1.1 101 UPGRADED\r\nContent-Type: ${contentType}\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`)
  const head = call.takeHead()
  if (head.length > 0) socket.unshift(head)
  return { input: heardOut(socket), output: socket, close: () => void socket.end(() => setTimeout(() => socket.destroy(), LINGER_MS).unref()) }
}

const HEADER_BYTES = 8
/** `error` is the engine's own: clients turn it into an error of theirs. */
const STREAM_NUMBERS = { stdout: 1, stderr: 2, error: 3 }

/** Docker's frame: stream type, three zeros, length, payload. @see Engine API 1.51 ContainerAttach, "Stream format" */
export function frame(stream: keyof typeof STREAM_NUMBERS, payload: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(HEADER_BYTES + payload.length)
  framed.writeUInt32BE(STREAM_NUMBERS[stream] << 24, 0)
  framed.writeUInt32BE(payload.length, 4)
  framed.set(payload, HEADER_BYTES)
  return framed
}
