import { getCACertificates, setDefaultCACertificates } from 'node:tls'

let areTrusted = false

/**
 * Has this process trust the certificate authorities of the machine's store, besides those that Node brings along. For each connection that
 * begins afterwards and names none of its own. Only the first call reads them: some 60 ms, and 4 MB of memory.
 * @see SSL_CERT_FILE, SSL_CERT_DIR in openssl-env(7), which are looked at
 */
export function trustSystemAuthorities(): void {
  if (areTrusted) return
  areTrusted = true
  setDefaultCACertificates([...new Set([...getCACertificates('default'), ...getCACertificates('system')])])
}
