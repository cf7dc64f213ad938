import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { hasCode } from '../../errors.ts'

/** What a certificate is for, and for how long. */
export interface CertificateRequest {
  /** Its common name: who it says it is. */
  readonly subject: string
  readonly days: number
  readonly use: 'authority' | 'server' | 'client'
  /** Names and addresses that a server may be reached by. */
  readonly hosts?: readonly string[]
}

/** Where a certificate and its key are. */
export interface CertificateFiles {
  readonly cert: string
  readonly key: string
}

const EXTENSIONS = {
  authority: ['basicConstraints=critical,CA:true,pathlen:0', 'keyUsage=critical,keyCertSign,cRLSign'],
  server: ['basicConstraints=critical,CA:false', 'keyUsage=critical,digitalSignature', 'extendedKeyUsage=serverAuth', 'subjectAltName=@hosts'],
  client: ['basicConstraints=critical,CA:false', 'keyUsage=critical,digitalSignature', 'extendedKeyUsage=clientAuth'],
} as const

/**
 * Makes a new P-256 key and its certificate; signed by `issuer`, or by itself without one.
 * @param folder where openssl's configuration is put
 * @throws Error with what openssl said, or that it is not there
 */
export async function makeCertificate(request: CertificateRequest, files: CertificateFiles, folder: string, issuer?: CertificateFiles): Promise<void> {
  const configuration = join(folder, `${request.use}.cnf`)
  await writeFile(configuration, opensslConfiguration(request))
  const signer = issuer ? ['-CA', issuer.cert, '-CAkey', issuer.key] : []
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-keyout', files.key]
  try {
    await promisify(execFile)('openssl', ['req', '-x509', '-config', configuration, ...key, ...signer, '-days', String(request.days), '-out', files.cert])
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw new Error('openssl is not installed; on Debian: apt-get install openssl')
    throw error
  }
}

/** @see config(5ssl), x509v3_config(5ssl) */
export function opensslConfiguration({ subject, use, hosts = [] }: CertificateRequest): string {
  return [
    '[req]',
    'prompt=no',
    'utf8=yes',
    'string_mask=utf8only',
    'distinguished_name=subject',
    'x509_extensions=extensions',
    '[subject]',
    `CN=${subject}`,
    '[extensions]',
    ...EXTENSIONS[use],
    'subjectKeyIdentifier=hash',
    'authorityKeyIdentifier=keyid',
    '[hosts]',
    ...hosts.map((host, index) => `${isIP(host) === 0 ? 'DNS' : 'IP'}.${index}=${host}`),
    '',
  ].join('\n')
}
