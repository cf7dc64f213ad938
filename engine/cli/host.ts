import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { defaultRunFolder } from '../daemon/default-folders.ts'

/** Where a daemon listens. */
export interface Endpoint {
  /** As people write it, for messages: `unix:///run/engineroom/docker.sock`. */
  readonly name: string
  readonly address: { readonly socketPath: string } | { readonly host: string; readonly port: number }
  /** Speak TLS with these. */
  readonly tls: TlsMaterial | undefined
}

export interface TlsMaterial {
  readonly ca: Buffer | undefined
  readonly cert: Buffer | undefined
  readonly key: Buffer | undefined
  /** Whether the daemon has to show a certificate of the CA. */
  readonly rejectUnauthorized: boolean
}

/** The global flags about the connection, as given on the command line. */
export interface ConnectionFlags {
  readonly host?: readonly string[]
  readonly tls?: boolean
  readonly tlsverify?: boolean
  readonly tlscacert?: string
  readonly tlscert?: string
  readonly tlskey?: string
}

/**
 * The daemon to talk to: `-H`, else `DOCKER_HOST`, else our own socket.
 * @throws Error with docker's words
 */
export function resolveEndpoint(flags: ConnectionFlags, env: NodeJS.ProcessEnv = process.env): Endpoint {
  if (flags.host && flags.host.length > 1) throw new Error('Specify only one -H')
  const text = flags.host?.[0] ?? env.DOCKER_HOST
  return parseEndpoint(text === undefined || text === '' ? `unix://${defaultSocket()}` : text, tlsMaterial(flags, env))
}

/** A person who is not root has a daemon of their own, or may use root's. */
function defaultSocket(): string {
  const own = join(defaultRunFolder(), 'docker.sock')
  const system = '/run/engineroom/docker.sock'
  return !existsSync(own) && existsSync(system) ? system : own
}

/** `unix://PATH`, `npipe:////./pipe/NAME` on Windows, `tcp://HOST[:PORT]` or just `HOST[:PORT]`. @throws Error with docker's words */
export function parseEndpoint(text: string, tls: TlsMaterial | undefined, platform = process.platform): Endpoint {
  if (text.startsWith('unix://')) return { name: text, address: { socketPath: text.slice('unix://'.length) }, tls: undefined }
  if (platform === 'win32' && text.startsWith('npipe://')) return { name: text, address: { socketPath: text.slice('npipe://'.length) }, tls: undefined }
  const [, scheme = 'tcp', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/.exec(text.trim()) ?? []
  if (!['tcp', 'http', 'https'].includes(scheme)) throw new Error(`unable to parse docker host \`${text}\`: unix:// and tcp:// can be used`)
  const found = /^(?:\[([^\]]+)\]|([^:/]*))(?::(\d+))?(?:\/.*)?$/.exec(rest)
  if (!found) throw new Error(`invalid bind address format: ${text}`)
  const host = found[1] ?? (found[2] || '127.0.0.1')
  const port = Number(found[3] ?? (tls ? 2376 : 2375))
  return { name: `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`, address: { host, port }, tls }
}

function tlsMaterial(flags: ConnectionFlags, env: NodeJS.ProcessEnv): TlsMaterial | undefined {
  const verifies = flags.tlsverify ?? (env.DOCKER_TLS_VERIFY !== undefined && env.DOCKER_TLS_VERIFY !== '')
  if (!verifies && !flags.tls && env.DOCKER_TLS === undefined) return undefined
  const folder = env.DOCKER_CERT_PATH || env.DOCKER_CONFIG || join(homedir(), '.docker')
  const read = (given: string | undefined, name: string) => {
    const path = given ?? join(folder, name)
    return given !== undefined || existsSync(path) ? readFileSync(path) : undefined
  }
  return { ca: read(flags.tlscacert, 'ca.pem'), cert: read(flags.tlscert, 'cert.pem'), key: read(flags.tlskey, 'key.pem'), rejectUnauthorized: verifies }
}
