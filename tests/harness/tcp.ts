import { connect } from 'node:net'
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
