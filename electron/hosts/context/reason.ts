import { codeOf, messageOf } from '../../errors.ts'
import { PlainError } from '../plain-error.ts'
import type { Absence } from '../presence.ts'
import { SshError } from './ssh.ts'

const refused = (detail: string, remedy = '', lastLines: readonly string[] = []): Absence => ({ kind: 'refused', detail, remedy, lastLines })

/** Why a connection came to nothing, in words for a person, and what to do where that is known. @param host as the context has it */
export function reasonOf(error: unknown, host: string): Absence {
  if (error instanceof PlainError) return refused(error.message, error.remedy)
  if (error instanceof SshError) return ofSsh(error, host)
  const code = codeOf(error) ?? ''
  const known = OF_SOCKET[code] ?? ofCertificate(code, error)
  return known ?? refused(`The engine cannot be reached: ${messageOf(error)}.`)
}

const NO_ROUTE = refused('There is no way to that computer from here.', 'Look whether this computer is in its network, or its VPN.')
const NO_NAME = refused('No computer of that name is known.', 'Look whether the name is right, and whether this computer is in its network.')

/** @see errno(3), getaddrinfo(3) */
const OF_SOCKET: Readonly<Record<string, Absence>> = {
  ECONNREFUSED: refused('The connection was refused: no engine listens there.'),
  ENOENT: refused('There is no such socket: no engine listens there.'),
  EACCES: refused('You may not use its socket: permission denied. Join the group that owns it, then log in again.'),
  EPERM: refused('You may not use its socket: permission denied. Join the group that owns it, then log in again.'),
  ETIMEDOUT: refused('Nobody answered in time.', 'Look whether that computer is on, and whether a firewall is in between.'),
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  ENOTFOUND: NO_NAME,
  EAI_AGAIN: NO_NAME,
  ECONNRESET: refused('The connection was closed without an answer.', 'Perhaps that port speaks TLS and this context does not.'),
}

const RENEW = 'Make the context anew with the certificates that belong to this engine: docker context update.'

/** @see https://nodejs.org/api/tls.html#x509-certificate-error-codes */
function ofCertificate(code: string, error: unknown): Absence | undefined {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return refused('The certificate of the engine has expired.', 'Have it renewed, or look at the clock of this computer.')
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return refused(`The certificate of the engine is for another name: ${messageOf(error)}`, RENEW)
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_SIGNATURE_FAILURE':
      return refused('The certificate of the engine is not from the authority of this context.', RENEW)
    default:
      return ofTls(`${code} ${messageOf(error)}`)
  }
}

/** OpenSSL and BoringSSL, which Electron has, give the same things other codes. @see RFC 8446 section 6 */
function ofTls(said: string): Absence | undefined {
  if (/alert.(bad.certificate|certificate.(required|unknown|revoked|expired)|unknown.ca|access.denied)/i.test(said))
    return refused('The engine does not accept the certificate of this context.', RENEW)
  if (/wrong.version.number|packet.length.too.long|http.request/i.test(said))
    return refused('That port does not speak TLS.', 'Make the context anew without certificates, or let the engine listen with --tlsverify.')
  return undefined
}

/** What ssh, or the docker command behind it, said; and what a person can do who reads it here. @see ssh(1) */
function ofSsh({ message, code }: SshError, host: string): Absence {
  const lines = message.split('\n').filter((line) => line.trim() !== '')
  const last = lines.at(-1)?.trim() ?? ''
  const isUnknownKey = /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/.test(message)
  const remedy = isUnknownKey
    ? `Connect once in a terminal, and look whether the key that it shows is that computer’s: ssh ${host}`
    : (SSH_REMEDIES.find(([words]) => words.test(message))?.[1] ?? '')
  return refused(code === undefined ? message : `ssh said: ${last}`, remedy, lines.length > 1 ? lines : [])
}

const SSH_REMEDIES: readonly (readonly [words: RegExp, remedy: string])[] = [
  [
    /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/,
    'Connect once in a terminal, and look whether the key that it shows is that computer’s: ssh HOST',
  ],
  [/permission denied .*(docker|socket)/i, 'Over there you may not use the engine: join its group (docker), then log in again.'],
  [/Permission denied/, 'Nothing can be asked here: let a key open that computer (ssh-copy-id), and load it where it has a passphrase (ssh-add).'],
  [/not found|No such file/, 'The docker command has to be over there, and on the PATH of programs that ssh starts.'],
  [/no ssh command/, 'Install it: the package is called openssh-client in Debian.'],
]
