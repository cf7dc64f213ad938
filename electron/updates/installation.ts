import { execFile } from 'node:child_process'
import { createPublicKey, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { codeOf } from '../errors.ts'
import { readIfThere } from '../read-if-there.ts'
import type { ReleaseFile } from './release-news.ts'

/** How this window came to this computer; what is not of a package is run from its sources. */
export interface Installation {
  readonly format: 'deb' | 'rpm' | undefined
  /** The public half of the key that signs its releases; a package that was made without one has none. */
  readonly key: KeyObject | undefined
}

/** @param folder of the program, in which packages have notes of what they are */
export async function readInstallation(folder: string): Promise<Installation> {
  const format = (await readIfThere(join(folder, 'package-type')))?.trim()
  const key = await readIfThere(join(folder, 'release-key.pem'))
  return { format: format === 'deb' || format === 'rpm' ? format : undefined, key: key === undefined ? undefined : createPublicKey(key) }
}

/** The files of a release that this computer installs, the window's and the engine's. @param arch as Node calls it */
export function filesFor(format: 'deb' | 'rpm', arch: string, files: readonly ReleaseFile[]): ReleaseFile[] {
  const isArm = arch === 'arm64'
  const ending = format === 'deb' ? `_${isArm ? 'arm64' : 'amd64'}.deb` : `.${isArm ? 'aarch64' : 'x86_64'}.rpm`
  return files.filter(({ url }) => url.endsWith(ending))
}

/** What installs files that have come. */
export function installCommand(format: 'deb' | 'rpm', folder: string, names: readonly string[]): string {
  const paths = names.map((name) => `'${join(folder, name).replaceAll("'", "'\\''")}'`)
  return `sudo ${format === 'deb' ? 'apt' : 'dnf'} install ${paths.join(' ')}`
}

/** What installs a release where a repository has it. */
export const UPGRADE_COMMANDS = {
  deb: 'sudo apt update && sudo apt install --only-upgrade engineroom engineroom-engine',
  rpm: 'sudo dnf upgrade --refresh engineroom engineroom-engine',
} as const

/** Whether a repository has this package: then the system's own tools bring new ones, and nobody else. Nothing is asked of the network. */
export async function isOfRepository(format: 'deb' | 'rpm'): Promise<boolean> {
  if (format === 'deb') return hasSource(await said('apt-cache', ['policy', 'engineroom']))
  return !isFromFile(await said('dnf', ['-q', '-C', 'list', '--installed', 'engineroom']))
}

/** @param policy what `apt-cache policy` said: a line for each source of each version */
export function hasSource(policy: string): boolean {
  return policy.split('\n').some((line) => /^\s+-?\d+ \S/.test(line) && !line.endsWith('/var/lib/dpkg/status'))
}

/** @param list what `dnf list --installed` said: in the last column where it came from */
export function isFromFile(list: string): boolean {
  return /^engineroom\.\S+\s+\S+\s+@{1,2}commandline\s*$/m.test(list)
}

/** A system without such a tool has no repository that it would know of. */
async function said(program: string, args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { env: { ...process.env, LC_ALL: 'C' } })).stdout
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || (error instanceof Error && 'stdout' in error)) return ''
    throw error
  }
}
