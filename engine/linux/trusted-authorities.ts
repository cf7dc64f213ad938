import { getCACertificates, setDefaultCACertificates } from 'node:tls'

/** Those that this process began with: what Node brings along, and NODE_EXTRA_CA_CERTS. */
let first: readonly string[] | undefined
let ofSystem: readonly string[] | undefined
let ofOutside: readonly string[] = []
let isTold = false

/**
 * Has this process trust the certificate authorities of the machine's store and of {@link setOutsideAuthorities}, besides those that it
 * began with. For each connection that begins afterwards and names none of its own. The first call takes some 60 ms, and 4 MB of memory; one after
 * a change less, the others nothing.
 * @see SSL_CERT_FILE, SSL_CERT_DIR in openssl-env(7), which are looked at
 */
export function trustAuthorities(): void {
  if (isTold) return
  first ??= [...getCACertificates('bundled'), ...getCACertificates('extra')]
  ofSystem ??= getCACertificates('system')
  setDefaultCACertificates([...new Set([...first, ...ofSystem, ...ofOutside])])
  isTold = true
}

/**
 * Until the first {@link trustAuthorities} no authority is trusted. To set a server up, Node would read all that it brings along, hundreds, and do
 * without them: an emulated processor takes a tenth of a second for it.
 */
export function trustNobodyYet(): void {
  if (first === undefined) setDefaultCACertificates([])
}

/** Those that the computer around our virtual machine trusts, in place of those that it did. @param authorities PEM, one certificate each */
export function setOutsideAuthorities(authorities: readonly string[]): void {
  ofOutside = authorities
  isTold = false
}
