import { execFile } from 'node:child_process'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Type } from 'typebox'
import { messageOf } from '../../../errors.ts'
import { parseJson } from '../parse-json.ts'

/** Whom this computer trusts besides those whom everybody does. */
export interface Authorities {
  /** Certificates as PEM. What cannot be read is told to `say`, and none. */
  read(say: (line: string) => void): Promise<readonly string[]>
  /** Where a change shows. On Windows it does not: there are no files. */
  readonly folders: readonly string[]
}

/**
 * Prints those of the system's store that are not among Node's own. A program of its own, as Node reads the store once: what
 * is added later it would not see.
 */
const PROGRAM = `
const { getCACertificates } = require('node:tls')
const { X509Certificate } = require('node:crypto')
const known = new Set(getCACertificates('bundled').map((pem) => new X509Certificate(pem).fingerprint256))
const extra = getCACertificates('system').filter((pem) => {
  const { fingerprint256 } = new X509Certificate(pem)
  return !known.has(fingerprint256) && known.add(fingerprint256)
})
process.stdout.write(JSON.stringify(extra))
`

const Certificates = Type.Array(Type.String())

/** Those of the system's store: on Linux as OpenSSL finds it (SSL_CERT_FILE, SSL_CERT_DIR), the keychains of macOS, the stores of Windows. */
export function systemAuthorities(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): Authorities {
  return {
    async read(say) {
      try {
        const { stdout } = await promisify(execFile)(process.execPath, ['-e', PROGRAM], { maxBuffer: 64 * 1024 * 1024, env })
        const certificates = parseJson(Certificates, stdout)
        if (certificates) return certificates
        throw new Error(`they were told as ${stdout.slice(0, 100)}`)
      } catch (error) {
        say(`the authorities of this computer cannot be read: ${messageOf(error)}`)
        return []
      }
    },
    folders: storeFolders(env, platform),
  }
}

function storeFolders(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[] {
  if (platform === 'win32') return []
  if (platform === 'darwin') return ['/Library/Keychains', join(homedir(), 'Library/Keychains')]
  const file = env.SSL_CERT_FILE
  return [file ? dirname(file) : '/etc/pki/ca-trust/extracted/pem', env.SSL_CERT_DIR || '/etc/ssl/certs']
}
