import { PlainError } from '../plain-error.ts'

/** Where an engine answers, as a docker context says it. */
export type Endpoint = { readonly kind: 'unix'; readonly path: string } | { readonly kind: 'tcp'; readonly host: string; readonly port: number } | SshEndpoint

export interface SshEndpoint {
  readonly kind: 'ssh'
  readonly host: string
  readonly user?: string
  readonly port?: number
  /** Of the engine's socket over there, where it is not docker's own. */
  readonly path?: string
}

/** What docker takes where no port is said, without and with TLS. */
const DOCKER_PORT = 2375
const DOCKER_TLS_PORT = 2376

/** @param hasTls whether it is spoken to by TLS @throws PlainError for what leads nowhere, or would be taken for an option of ssh's */
export function endpointOf(text: string, hasTls: boolean): Endpoint {
  if (text.startsWith('unix:///')) return { kind: 'unix', path: text.slice('unix://'.length) }
  if (!URL.canParse(text) || text.startsWith('unix:')) throw new PlainError(`This context leads nowhere: “${text}”.`, 'Make it anew: docker context create.')
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text)
  const host = hostname.replace(/^\[(.+)\]$/, '$1')
  if (protocol === 'tcp:' && host !== '') return { kind: 'tcp', host, port: Number(port) || (hasTls ? DOCKER_TLS_PORT : DOCKER_PORT) }
  if (protocol !== 'ssh:') throw new PlainError(`This window speaks unix, tcp and ssh, and this context is ${text}.`)
  const user = decodeURIComponent(username)
  if (password !== '') throw new PlainError('A password does not belong into the address of a context: ssh takes none.', 'Use a key: ssh-copy-id.')
  if (host === '' || search !== '' || hash !== '' || isOption(host) || isOption(user)) throw new PlainError(`This is no address for ssh: “${text}”.`)
  const path = decodeURIComponent(pathname)
  return { kind: 'ssh', host, ...(user !== '' && { user }), ...(port !== '' && { port: Number(port) }), ...(!['', '/'].includes(path) && { path }) }
}

/** What begins so is not what it seems to be. */
function isOption(word: string): boolean {
  return word.startsWith('-')
}
