import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fetchLocked } from '../../vm-assets/fetch-locked.ts'
import { ownerName } from '../../vm-assets/left-overs.ts'
import { unpackNpm } from '../../vm-assets/unpack.ts'
import { PACKAGE_CACHE, readImageLock } from './image-parts.ts'
import { ROOT, readLock } from './shipped.ts'

/**
 * Where a package of npm's lies. npm installs none of another architecture than the machine's: those are fetched, as the lock of the virtual
 * machine's image has them, and stay beside what that image is made of.
 * @param name or its path below node_modules
 * @throws Error when nobody has it, or in another version than package-lock.json says
 */
export async function npmFolder(name: string): Promise<string> {
  const installed = join(ROOT, 'node_modules', name)
  if (existsSync(installed)) return installed
  const locks = Object.values(await readImageLock())
  const locked = locks.flatMap(({ npm }) => npm).find((file) => file.name === name)
  const version = (await readLock())[`node_modules/${name}`]?.version
  if (!locked || locked.version !== version) throw new Error(`${name} ${version} is neither installed nor in vm-assets/packages.lock.json`)
  const folder = join(PACKAGE_CACHE, `${locked.sha256}-unpacked`)
  if (existsSync(folder)) return folder
  const archive = await fetchLocked(locked, PACKAGE_CACHE)
  const work = await mkdtemp(join(PACKAGE_CACHE, `${locked.sha256}.${await ownerName()}-`))
  try {
    await unpackNpm(archive, work)
    // Who was faster has the same.
    if (!existsSync(folder)) await rename(work, folder)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return folder
}
