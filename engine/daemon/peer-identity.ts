import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Transport } from '../api/cross-origin.ts'
import type { Peer } from '../api/request-audit.ts'
import { messageOf } from '../errors.ts'
import { peerCredentials } from '../linux/peer-credentials.ts'

/** Who has connected: by what the kernel noted of a unix socket, by the certificate, or else by the address alone. */
export async function identify(connection: Socket, transport: Transport): Promise<Peer> {
  if (transport === 'unix') return unixPeer(connection)
  const { remoteAddress, remotePort } = connection
  if (remoteAddress === undefined) return { transport, unknown: 'the connection was closed already' }
  const plain = remoteAddress.replace(/^::ffff:/, '') // A socket for both versions has IPv4 inside IPv6.
  const address = plain.includes(':') ? `[${plain}]:${remotePort}` : `${plain}:${remotePort}`
  if (transport === 'tcp') return { transport, address }
  const certificate = connection instanceof TLSSocket ? connection.getPeerX509Certificate() : undefined
  // One part a line, such as `O=…` and `CN=…`.
  return { transport, address, ...(certificate && { subject: certificate.subject.replaceAll('\n', ', ') }) }
}

async function unixPeer(connection: Socket): Promise<Peer> {
  try {
    const { pid, uid, gid } = await peerCredentials(connection)
    return { transport: 'unix', pid, uid, gid, command: await commandOf(pid) }
  } catch (error) {
    return { transport: 'unix', unknown: messageOf(error) }
  }
}

/** The name of the program, for people: it may say what it likes. Empty when it has ended. */
async function commandOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trimEnd()
}
