import { createServer } from 'node:net'
import { hasCode } from '../errors.ts'

/**
 * Claims a name for this process among all that share its network namespace: by an abstract socket, which the kernel
 * takes back when the process ends, however it ends.
 * @returns undefined when another process has the name
 * @see unix(7), "Abstract sockets"
 */
export async function claimOnHost(name: string): Promise<AsyncDisposable | undefined> {
  const server = createServer((socket) => socket.destroy())
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(`\0engineroom/${name}`, resolve)
  try {
    await promise
  } catch (error) {
    if (hasCode(error, 'EADDRINUSE')) return undefined
    throw error
  }
  server.unref()
  return { [Symbol.asyncDispose]: () => new Promise((done) => server.close(() => done())) }
}
