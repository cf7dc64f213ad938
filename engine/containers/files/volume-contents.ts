import { chmod, chown } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'
import { copyTree } from '../../linux/copy-tree.ts'
import { syncFileSystem } from '../../linux/sync.ts'
import { ANONYMOUS_LABEL, type Volume } from '../../volumes/volume.ts'
import type { ContainerParts } from '../parts.ts'
import { whileFrozen } from '../pause.ts'
import { archiveOf } from './archive.ts'
import { cleanContainerPath, describeFailure } from './container-files.ts'
import { attributesOf } from './entry-attributes.ts'
import { destinationOf, extractArchive } from './extract.ts'
import { volumeTree } from './file-tree.ts'
import { RootView } from './root-view.ts'

/**
 * Makes a volume with what is in another. Containers that run with that one are held still meanwhile, as in a commit: so
 * the copy is of one moment.
 * @throws EngineError `not-found`, `invalid`, `conflict` when there is one of the name; ToolError of cp
 */
export async function cloneVolume(parts: ContainerParts, source: string, name: string): Promise<Volume> {
  const { [ANONYMOUS_LABEL]: _, ...labels } = parts.volumes.get(source).labels ?? {}
  return parts.volumes.createFilled(name, labels, async (folder) => {
    await using held = await parts.volumes.hold(source)
    await whileStill(parts, source, () => copyTree(held.path, folder))
    await syncFileSystem(folder)
  })
}

/**
 * Makes a volume of an archive, compressed or not, in which `.` is the volume's own folder.
 * @throws EngineError `invalid`, `conflict` when there is one of the name, `system` for what is no archive, or not a whole one
 */
export async function importVolume(parts: ContainerParts, name: string, body: Readable): Promise<Volume> {
  return parts.volumes.createFilled(name, null, async (folder) => {
    await using view = await RootView.open(folder)
    await extractArchive(view, '/', body, {
      keepsKinds: false,
      scratchRoot: parts.paths.root,
      async onMember({ entry }) {
        if (entry.path.replaceAll(/[./]/g, '') !== '') return
        const { uid, gid, mode } = attributesOf(entry, undefined)
        await chown(folder, uid, gid)
        await chmod(folder, mode)
      },
    })
    await syncFileSystem(folder)
  })
}

/**
 * Writes what is at a path of a volume as an archive; the whole volume for `/.`. Containers go on writing meanwhile, as in `docker cp`:
 * whoever reads slowly must not hold them still.
 * @param open called once nothing more can be refused
 * @throws EngineError `not-found`
 */
export async function archiveVolume(parts: ContainerParts, name: string, path: string, open: () => Writable): Promise<void> {
  const tree = volumeTree(parts.volumes, name)
  await using files = await tree.open()
  await archiveOf(files.view, path, tree.owner, open)
}

/**
 * Unpacks an archive, compressed or not, into a folder of a volume.
 * @throws EngineError `not-found`, `invalid` when the path is no folder
 */
export async function extractIntoVolume(parts: ContainerParts, name: string, path: string, body: Readable, keepsKinds: boolean): Promise<void> {
  const tree = volumeTree(parts.volumes, name)
  await using files = await tree.open()
  try {
    const destination = await destinationOf(files.view, cleanContainerPath(path))
    await extractArchive(files.view, destination, body, { keepsKinds, scratchRoot: parts.paths.root })
  } catch (error) {
    throw describeFailure(error, path, tree.owner)
  }
}

/** Holds every container that runs with a volume still for as long as `work` takes. */
async function whileStill<T>(parts: ContainerParts, volume: string, work: () => Promise<T>): Promise<T> {
  const users = parts.store.all().filter(({ spec }) => spec.mounts.some(({ type, name }) => type === 'volume' && name === volume))
  return users.reduce((inner, container) => () => whileFrozen(parts, container, inner), work)()
}
