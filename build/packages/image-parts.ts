import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Arch } from '../../vm-assets/arch.ts'
import { type LockedArch, type LockFile, parseLockFile } from '../../vm-assets/lock-file.ts'
import { type Lock, ROOT, type ShippedPackage, shippedWithEngine } from './shipped.ts'

/** Where what images are made of is kept once it is fetched. */
export const PACKAGE_CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'engineroom/packages')

/** What the image of the virtual machine is made of, for each architecture. */
export async function readImageLock(): Promise<LockFile> {
  return parseLockFile(await readFile(join(ROOT, 'vm-assets/packages.lock.json'), 'utf8'))
}

export async function lockedFor({ name }: Arch): Promise<LockedArch> {
  return (await readImageLock())[name]
}

/** What the package of the virtual machine has something of: the engine's, and Debian's packages. */
export function shippedWithVm(lock: Lock, images: LockFile, arch: Arch): ShippedPackage[] {
  const debian = images[arch.name].debian.map(({ name, version, sha256 }) => ({
    name,
    path: `debian/${name}`,
    version,
    license: undefined,
    purl: debianUrl(name, version, arch),
    integrity: `sha256-${Buffer.from(sha256, 'hex').toString('base64')}`,
    needs: [],
  }))
  return [...shippedWithEngine(lock, arch), ...debian]
}

/** @see https://github.com/package-url/purl-spec/blob/main/types-doc/deb-definition.md */
function debianUrl(name: string, version: string, { debian }: Arch): string {
  return `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${debian}&distro=bookworm`
}
