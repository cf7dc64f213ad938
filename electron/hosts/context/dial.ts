import { connect as connectPlain, isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { type Context, tlsFiles } from '../../docker/contexts.ts'
import { endpointOf } from './endpoint.ts'
import { dialSsh } from './ssh.ts'

/** Opens one more connection to an engine. Why there is none is told by its event `error`. */
export type Dial = () => Duplex

/** What does not answer within this time is not waited for. */
const CONNECT_MS = 10_000

/**
 * How the engine of a context is reached, as the docker command reaches it. Each direction of a connection ends by itself.
 * @param dockerFolder where the context's certificates are
 * @param controlPath of ssh's own socket, by which its connections become one
 * @throws PlainError when the context leads nowhere
 * @see docker CLI, cli/context/docker/load.go
 */
export async function dialOf({ name, host, skipsVerify }: Context, dockerFolder: string, controlPath: string): Promise<Dial> {
  const files = await tlsFiles(dockerFolder, name)
  const hasTls = skipsVerify || Object.keys(files).length > 0
  const endpoint = endpointOf(host, hasTls)
  if (endpoint.kind === 'unix') return () => connectPlain({ path: endpoint.path, allowHalfOpen: true })
  if (endpoint.kind === 'ssh') return () => dialSsh(endpoint, controlPath)
  const plain = () => connectPlain({ host: endpoint.host, port: endpoint.port, allowHalfOpen: true, noDelay: true })
  if (!hasTls) return () => inTime(plain(), 'connect')
  const servername = isIP(endpoint.host) === 0 ? endpoint.host : ''
  const tls = { ...files, servername, host: endpoint.host, rejectUnauthorized: !skipsVerify }
  return () => inTime(connectTls({ ...tls, socket: plain() }), 'secureConnect') // Half-open as the plain one is.
}

function inTime(socket: Socket, made: 'connect' | 'secureConnect'): Socket {
  const timer = setTimeout(() => socket.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })), CONNECT_MS)
  const settle = () => clearTimeout(timer)
  return socket.once(made, settle).once('close', settle)
}
