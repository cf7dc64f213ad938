import { ARCHES } from '../../vm-assets/arch.ts'
import type { LockFile } from '../../vm-assets/lock-file.ts'
import { debianLicences } from './debian-licences.ts'
import { PACKAGE_CACHE } from './image-parts.ts'
import { licences } from './licences.ts'
import { type Lock, shippedWithDesktop, shippedWithEngine } from './shipped.ts'

/**
 * The licences of all that a release's packages have of others, each once, whatever processors it is for.
 * @throws Error when a package of Debian's that is in a virtual machine's image is not to be had
 */
export async function releasedLicences(lock: Lock, images: LockFile): Promise<string> {
  const ofNpm = [...Object.values(ARCHES).flatMap((arch) => shippedWithEngine(lock, arch)), ...shippedWithDesktop(lock)]
  const ofDebian = Object.values(images).flatMap(({ debian }) => debian)
  return (
    (await licences([...new Map(ofNpm.map((one) => [one.path, one])).values()])) +
    (await debianLicences([...new Map(ofDebian.map((one) => [`${one.name} ${one.version}`, one])).values()], PACKAGE_CACHE))
  )
}
