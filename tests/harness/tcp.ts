import { connect, createServer } from 'node:net'
import { until } from './until.ts'

/** Sends one line to a TCP port of this machine and closes, as `echo line | nc localhost PORT`; waits for the listener. */
export async function sendLine(port: number, line: string): Promise<void> {
  await until(`port ${port} to take a line`, () => trySend(port, line))
}

function trySend(port: number, line: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.end(`${line}\n`))
    socket.once('error', reject)
    socket.once('close', (hadError) => resolve(!hadError))
    socket.resume()
  })
}

/** A file that asks for two ports before it uses them must not get one twice. */
const given = new Set<number>()

/**
 * A TCP port that nobody on this machine has. Below those that the kernel gives to outgoing connections, and odd or even by
 * worker, so that it stays free until the test takes it.
 */
export async function freePort(): Promise<number> {
  const worker = Number(process.env.VITEST_POOL_ID ?? 0) % 2
  for (;;) {
    const port = 20_000 + worker + 2 * Math.floor(Math.random() * 5000)
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })
}
