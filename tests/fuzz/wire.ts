import { createConnection, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FuzzRequest } from './request.ts'

/** What came back on the connection. */
export interface WireAnswer {
  /** 0 when there was none. */
  readonly status: number
  readonly text: string
  /** It was the engine that ended the connection, not we. */
  readonly isEnded: boolean
}

/** How long a client stays that asked for something that may never come. */
const MOMENT_MS = 25
/** The engine answers anything else far sooner. */
const PATIENCE_MS = 30_000
/** Nobody looks further into an answer. */
const MOST_BYTES = 256 * 1024

/**
 * Sends a request in its manner, and reads what comes back.
 * @param left connections that stay open half-way go there
 * @returns undefined for a client that does not wait for an answer
 */
export async function send(socketPath: string, { route, manner, head, body }: FuzzRequest, left: Socket[]): Promise<WireAnswer | undefined> {
  const socket = createConnection({ path: socketPath, allowHalfOpen: true })
  const answer = readAnswer(socket)
  const bytes = Buffer.concat([Buffer.from(head, 'latin1'), body])
  switch (manner) {
    case 'cut':
      socket.write(bytes.subarray(0, Math.floor(bytes.length * 0.7)))
      await answer.soon()
      return void socket.destroy()
    case 'hasty':
      socket.end(bytes, () => socket.destroy())
      await answer.closed
      return undefined
    case 'stuck':
      socket.write(bytes.subarray(0, Math.floor(bytes.length * 0.5)))
      left.push(socket)
      return undefined
    case 'slow':
      for (const part of parts(bytes, 5)) {
        socket.write(part)
        await sleep(1)
      }
      break
    case 'twice':
      socket.write(bytes)
      socket.write(bytes)
      break
    case 'half-closed':
      socket.end(bytes)
      break
    default:
      socket.write(bytes)
  }
  // A spoilt request may promise a body that never comes.
  const mayWait = route.mayWait === true || manner === 'malformed' || manner === 'twice'
  await (mayWait ? answer.soon() : answer.closedWithin(PATIENCE_MS))
  socket.destroy()
  await answer.closed
  return answer.read()
}

function parts(bytes: Buffer, count: number): Buffer[] {
  const size = Math.ceil(bytes.length / count) || 1
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
}

function readAnswer(socket: Socket) {
  const chunks: Buffer[] = []
  let total = 0
  let isEnded = false
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  socket.on('data', (chunk: Buffer) => {
    if (total < MOST_BYTES) chunks.push(chunk)
    total += chunk.length
  })
  socket.on('end', () => {
    isEnded = true
    socket.destroy()
  })
  socket.on('error', () => {
    isEnded = true // While we were still sending.
  })
  socket.on('close', () => resolve())
  const closedWithin = async (milliseconds: number) => {
    const timer = new AbortController()
    await Promise.race([closed, sleep(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined)])
    timer.abort()
  }
  return {
    closed,
    closedWithin,
    soon: () => closedWithin(MOMENT_MS),
    read(): WireAnswer {
      const text = Buffer.concat(chunks).toString('latin1')
      return { status: Number(/^(?:HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text, isEnded }
    },
  }
}
