import { ConfigurationError } from './configuration-error.ts'

/** Where `-H` says to listen; `passed` is on the sockets that systemd hands over. */
export type HostAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'passed' }

/** The ports that docker has at IANA, without and with TLS. */
const PLAIN_PORT = 2375
const TLS_PORT = 2376

/**
 * Reads an address of `-H`: `unix://PATH`, `fd://`, `tcp://HOST:PORT`, or, as dockerd allows, `HOST:PORT`. Without a host it is the
 * loopback, without a port docker's.
 * @throws ConfigurationError when it is none of these
 */
export function parseHostAddress(text: string, { hasTls }: { readonly hasTls: boolean }): HostAddress {
  const refused = () => new ConfigurationError(`invalid -H address ${text}: use unix://PATH, tcp://HOST:PORT or fd://`)
  if (text === 'fd://' || text === 'fd://*') return { kind: 'passed' }
  if (text.startsWith('unix://')) {
    const path = text.slice('unix://'.length)
    if (!path.startsWith('/')) throw refused()
    return { kind: 'unix', path }
  }
  const hasScheme = text.startsWith('tcp://')
  const found = /^(\[[^\]]+\]|[^:/[\]]*)(?::(\d+))?\/?$/.exec(hasScheme ? text.slice('tcp://'.length) : text)
  // Without a scheme, only the port tells an address from a typing error.
  if (!found || (!hasScheme && found[2] === undefined)) throw refused()
  const port = Number(found[2] ?? (hasTls ? TLS_PORT : PLAIN_PORT))
  if (port > 65_535) throw refused()
  return { kind: 'tcp', host: (found[1] ?? '').replace(/^\[|\]$/g, '') || '127.0.0.1', port }
}
