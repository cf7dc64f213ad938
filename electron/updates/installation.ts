import { execFile } from 'node:child_process'
import { createPublicKey, type KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
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
  /** Whether the virtual machine's package is there as well: it goes with the engine's version. */
  readonly hasVm: boolean
}

/** Where packages have the engine's part and the virtual machine's, from the window's program. */
export const PACKAGES_FOLDER = '../../../../..'

/** @param folder of the program, in which packages have notes of what they are; @param vm where the virtual machine's package has its image */
export async function readInstallation(folder: string, vm = join(folder, PACKAGES_FOLDER, 'vm-image')): Promise<Installation> {
  const format = (await readIfThere(join(folder, 'package-type')))?.trim()
  const key = await readIfThere(join(folder, 'release-key.pem'))
  return { format: format === 'deb' || format === 'rpm' ? format : undefined, key: key === undefined ? undefined : createPublicKey(key), hasVm: existsSync(vm) }
}

/** The files of a release that this computer installs: the window's, the engine's, and the virtual machine's where it has that. @param arch as Node calls it */
export function filesFor({ format, hasVm }: Pick<Installation, 'format' | 'hasVm'>, arch: string, files: readonly ReleaseFile[]): ReleaseFile[] {
  if (format === undefined) return []
  const isArm = arch === 'arm64'
  const ending = format === 'deb' ? `_${isArm ? 'arm64' : 'amd64'}.deb` : `.${isArm ? 'aarch64' : 'x86_64'}.rpm`
  return files.filter(({ url }) => url.endsWith(ending) && (hasVm || !url.startsWith('engineroom-vm')))
}

/** What installs files that have come. */
export function installCommand(format: 'deb' | 'rpm', folder: string, names: readonly string[]): string {
  const paths = names.map((name) => `'${join(folder, name).replaceAll("'", "'\\''")}'`)
  return `sudo ${format === 'deb' ? 'apt' : 'dnf'} install ${paths.join(' ')}`
}

/** What installs a release where a repository has it. */
export function upgradeCommand(format: 'deb' | 'rpm', hasVm: boolean): string {
  const names = `engineroom engineroom-engine${hasVm ? ' engineroom-vm' : ''}`
  return format === 'deb' ? `sudo apt update && sudo apt install --only-upgrade ${names}` : `sudo dnf upgrade --refresh ${names}`
}

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
