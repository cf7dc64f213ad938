import { type ChildProcess, spawn } from 'node:child_process'
import { Socket as UdpSocket } from 'node:dgram'
import { Server } from 'node:net'
import { text } from 'node:stream/consumers'

/** Sockets of both kinds at one address and port, bound and listening. */
export interface SocketPair {
  readonly udp: UdpSocket
  readonly tcp: Server
}

/** A socket stays in the namespace in which it was opened, whoever has it: the daemon must not have been in there itself. */
const OPEN = `
const [host, port] = process.argv.slice(1)
const where = { host, address: host, port: Number(port), exclusive: true }
const fail = (error) => { console.error(error.message); process.exit(1) }
const udp = require('node:dgram').createSocket('udp4').on('error', fail)
const tcp = require('node:net').createServer().on('error', fail)
const handOver = () => process.send('udp', udp, () => process.send('tcp', tcp, () => process.exit()))
udp.bind(where, () => tcp.listen(where, handOver))
`

/**
 * Opens sockets in a network namespace. Node cannot enter one; a child that begins in there opens them, hands them over, and ends.
 * @param signal gives up
 * @throws Error when there is no such namespace, the port is taken in it, or the child does not succeed
 */
export async function openSocketsIn(netns: string, { host, port }: { host: string; port: number }, signal: AbortSignal): Promise<SocketPair> {
  signal.throwIfAborted()
  const command = ['netns', 'exec', netns, process.execPath, '-e', OPEN, host, String(port)]
  const child = spawn('ip', command, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], signal, killSignal: 'SIGKILL' })
  const handed: (UdpSocket | Server)[] = []
  child.on('message', (_, socket) => {
    if (socket instanceof UdpSocket || socket instanceof Server) handed.push(socket)
  })
  try {
    await succeeded(child)
    signal.throwIfAborted()
    const [udp, tcp] = handed
    if (udp instanceof UdpSocket && tcp instanceof Server) return { udp, tcp }
    throw new Error(`no sockets came out of the namespace ${netns}`)
  } catch (error) {
    for (const socket of handed) socket.close()
    throw error
  }
}

/** Once all that a child has said and handed over is here: also of one that was given up, or its sockets would be nobody's. */
async function succeeded(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  let failure: Error | undefined
  child.once('close', resolve).on('error', (error) => {
    failure ??= error
    // It never began: nothing will be closed.
    if (child.pid === undefined) reject(error)
  })
  const [code, errors] = await Promise.all([promise, child.stderr ? text(child.stderr) : ''])
  if (failure) throw failure
  if (code !== 0) throw new Error(errors.trim() || `a child for sockets ended with ${code}`)
}
