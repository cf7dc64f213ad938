import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isRunning } from '../containers/state.ts'
import { hasCode } from '../errors.ts'
import { isDangling, planImages } from '../images/prune-plan.ts'
import { familiarName } from '../images/reference.ts'
import { directorySize } from '../linux/directory-size.ts'
import { isAnonymous } from '../volumes/volume.ts'
import type { DataRootParts } from './parts.ts'

export interface PruneOptions {
  /** Every image without a container, not only those without a name. */
  readonly all: boolean
  /** Anonymous volumes, too. */
  readonly volumes: boolean
}

/** What would go, and how many bytes of content with each. */
export interface PrunePlan {
  /** `bytes` is everything of the container's own, `logBytes` a part of it. */
  readonly containers: readonly { readonly id: string; readonly name: string; readonly bytes: number; readonly logBytes: number }[]
  /** Children before parents. */
  readonly images: readonly { readonly id: string; readonly names: readonly string[] }[]
  readonly layerBytes: number
  readonly blobBytes: number
  readonly volumes: readonly { readonly name: string; readonly bytes: number }[]
  readonly buildCaches: readonly { readonly name: string; readonly bytes: number }[]
  readonly bytes: number
}

/** Looks, and removes nothing: containers that do not run, then what nobody would need without them. */
export async function planPrune(parts: DataRootParts, options: PruneOptions): Promise<PrunePlan> {
  const { store, images, volumes } = parts.containers
  const stopped = store.all().filter(({ state }) => !isRunning(state) && state.status !== 'removing')
  const isGone = (containerId: string) => stopped.some(({ id }) => id === containerId)
  const containers = await Promise.all(stopped.map(async ({ id, name }) => ({ id, name, ...(await containerBytes(parts, id)) })))
  const imagePlan = await planImages(images, (image) => options.all || isDangling(images, image), isGone)
  const unused = volumes.all().filter((volume) => options.volumes && isAnonymous(volume) && volumes.usersOf(volume.name).every(isGone))
  const planned = {
    containers,
    images: imagePlan.images.map(({ id }) => ({ id, names: images.namesOf(id).map(familiarName) })),
    layerBytes: imagePlan.layerBytes,
    blobBytes: imagePlan.blobBytes,
    volumes: await Promise.all(unused.map(async ({ name }) => ({ name, bytes: await volumes.sizeOf(name) }))),
    buildCaches: (await parts.caches.all()).filter(({ isUsed }) => !isUsed).map(({ name, bytes }) => ({ name, bytes })),
  }
  const listed = [...planned.containers, ...planned.volumes, ...planned.buildCaches]
  return { ...planned, bytes: listed.reduce((total, { bytes }) => total + bytes, planned.layerBytes + planned.blobBytes) }
}

/** Of one that does not run, so that nothing of it is mounted. */
async function containerBytes({ containers: { paths } }: DataRootParts, id: string): Promise<{ bytes: number; logBytes: number }> {
  const folder = paths.folder(id)
  const logs = (await readdir(folder).catch(noneWhenGone)).filter((name) => name.startsWith('container.log'))
  // The newest piece of a rotated log has two names.
  const files = new Map((await Promise.all(logs.map((name) => stat(join(folder, name))))).map((one) => [one.ino, one.size]))
  return { bytes: await directorySize(folder), logBytes: [...files.values()].reduce((total, size) => total + size, 0) }
}

function noneWhenGone(error: unknown): string[] {
  if (hasCode(error, 'ENOENT')) return []
  throw error
}
