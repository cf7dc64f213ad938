import { open, rename } from 'node:fs/promises'
import type { Papers } from '../certificates.ts'
import type { Share } from '../shares.ts'
import { tarOf } from './tar.ts'

export interface GuestConfig {
  readonly hostname: string
  /** The daemon's, with the authority that its clients must show. */
  readonly papers: Papers
  /** The daemon's configuration file. */
  readonly daemon: Readonly<Record<string, unknown>>
  readonly shares: readonly Share[]
  /** Everybody in the guest is to see the files of the shares as their own. */
  readonly hasOneOwner: boolean
}

/**
 * Writes what the guest is told at boot: a tar that only its owner can read. QEMU reads it when it starts, and shows it
 * to the guest alone.
 */
export async function writeBootConfig(path: string, { hostname, papers, daemon, shares, hasOneOwner }: GuestConfig): Promise<void> {
  const bytes = tarOf({
    'tls/ca.pem': papers.ca,
    'tls/cert.pem': papers.cert,
    'tls/key.pem': papers.key,
    'daemon.json': Buffer.from(JSON.stringify(daemon)),
    hostname: Buffer.from(`${hostname}\n`),
    shares: Buffer.from(shares.map(({ tag, path }) => `${tag} ${path}\n`).join('')),
    ...(hasOneOwner ? { 'one-owner': Buffer.alloc(0) } : {}),
  })
  const temporary = `${path}.new`
  {
    await using file = await open(temporary, 'w', 0o600)
    await file.chmod(0o600) // It may have been there.
    await file.writeFile(bytes)
  }
  await rename(temporary, path)
}
