import type { LockedFile } from '../../vm-assets/lock-file.ts'
import { debianLicences } from './debian-licences.ts'
import { PACKAGE_CACHE } from './image-parts.ts'
import { licences } from './licences.ts'
import type { ShippedPackage } from './shipped.ts'

/**
 * The licences of all that is shipped of others, npm's packages and those of Debian's that are in a virtual machine's image; each is told once,
 * in however many products it is.
 * @throws Error when a package of Debian's is not to be had
 */
export async function licencesOfOthers(ofNpm: readonly ShippedPackage[], ofDebian: readonly LockedFile[]): Promise<string> {
  const [npm, debian] = [byKey(ofNpm, ({ path }) => path), byKey(ofDebian, ({ name, version }) => `${name} ${version}`)]
  return (await licences(npm)) + (await debianLicences(debian, PACKAGE_CACHE))
}

function byKey<T>(all: readonly T[], keyOf: (one: T) => string): T[] {
  return [...new Map(all.map((one) => [keyOf(one), one])).values()]
}
