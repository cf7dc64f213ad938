import { isIP } from 'node:net'

/** A name of DNS, also one with a star, or an address. @throws Error for anything else: it goes into openssl's configuration */
export function certificateHost(text: string): string {
  const isName = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i.test(text) && text.length <= 253
  if (isIP(text) === 0 && !isName) throw new Error('it is neither a host name nor an address')
  return text
}

/** What X.509 allows, less what means something in openssl's configuration. @throws Error for anything else */
export function commonName(text: string): string {
  if (!/^[\p{L}\p{N}@._-]([\p{L}\p{N}@._ -]*[\p{L}\p{N}@._-])?$/u.test(text) || text.length > 64) {
    throw new Error('it must be 1 to 64 letters, digits, spaces, or any of @._-')
  }
  return text
}
