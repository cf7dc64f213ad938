import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { hasCode } from '../../errors.ts'
import { type CertificateFiles, makeCertificate } from './openssl.ts'

export interface BundleRequest {
  /** A folder that is not there yet, or empty. */
  readonly out: string
  readonly hosts: readonly string[]
  /** Who the client's certificate says its owner is. */
  readonly clientName: string
  readonly days: number
}

/**
 * Makes a certificate authority, and of it one certificate for the daemon and one for a client: `server/` and `client/`
 * each have `ca.pem`, `cert.pem` and `key.pem`, the names that docker looks for in `DOCKER_CERT_PATH`. The folder appears
 * when all of it is there.
 * @throws Error when there is something in the folder already: a key that is in use is not replaced
 */
export async function makeBundle({ out, hosts, clientName, days }: BundleRequest): Promise<void> {
  await refuseUsed(out)
  await mkdir(dirname(out), { recursive: true })
  // Made with mode 0700: nobody else can look in while keys are written.
  const folder = await mkdtemp(join(dirname(out), `.${basename(out)}-`))
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const authority = { cert: join(folder, 'ca.pem'), key: join(folder, 'ca-key.pem') }
  await makeCertificate({ subject: 'engineroom authority', days, use: 'authority' }, authority, folder)
  for (const [use, subject] of [
    ['server', 'engineroom daemon'],
    ['client', clientName],
  ] as const) {
    const files = await prepare(join(folder, use), authority)
    await makeCertificate({ subject, days, use, hosts }, files, folder, authority)
  }
  await settle(folder)
  await rename(folder, out)
  undo.move()
}

async function refuseUsed(out: string): Promise<void> {
  try {
    if ((await readdir(out)).length === 0) return
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    throw error
  }
  throw new Error(`${out} has something in it already; choose another --out, or remove it`)
}

async function prepare(folder: string, authority: CertificateFiles): Promise<CertificateFiles> {
  await mkdir(folder, { mode: 0o700 })
  await copyFile(authority.cert, join(folder, 'ca.pem'))
  return { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
}

/** Keys are for their owner alone, whatever openssl and the umask made of them; what openssl was told is not kept. */
async function settle(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.name.endsWith('.cnf')) await rm(path)
    else if (entry.isFile()) await chmod(path, entry.name.endsWith('key.pem') ? 0o600 : 0o644)
  }
}
