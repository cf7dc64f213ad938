import { getCACertificates, setDefaultCACertificates } from 'node:tls'

/** Those that this process began with: what Node brings along, and NODE_EXTRA_CA_CERTS. */
let first: readonly string[] | undefined
let ofSystem: readonly string[] | undefined
let ofOutside: readonly string[] = []

/**
 * Has this process trust the certificate authorities of the machine's store, besides those that it began with. For each connection that
 * begins afterwards and names none of its own. Only the first call reads them: some 60 ms, and 4 MB of memory.
 * @see SSL_CERT_FILE, SSL_CERT_DIR in openssl-env(7), which are looked at
 */
export function trustSystemAuthorities(): void {
  if (ofSystem) return
  ofSystem = getCACertificates('system')
  trustAll()
}

/** The same for those that the computer around our virtual machine trusts, in place of those that it did. @param authorities PEM, one certificate each */
export function trustOutsideAuthorities(authorities: readonly string[]): void {
  ofOutside = authorities
  trustAll()
}

function trustAll(): void {
  first ??= getCACertificates('default')
  setDefaultCACertificates([...new Set([...first, ...(ofSystem ?? []), ...ofOutside])])
}
