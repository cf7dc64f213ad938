import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError, hasCode } from '../errors.ts'
import { EscapesBase, type OpenPath, openBeneath } from '../linux/open-beneath.ts'
import { bindMountOpen, topMountsBelow, unmount } from '../linux/overlay.ts'
import type { MountPoint } from './mount.ts'

/** @throws EngineError `invalid` for a path that leads out by its words alone */
export function checkSubpath(type: string, subpath: string): void {
  let depth = 0
  for (const name of subpath.split('/')) {
    if (name === '..') depth -= 1
    else if (name !== '' && name !== '.') depth += 1
    if (depth < 0) break
  }
  if (!subpath.startsWith('/') && depth >= 0) return
  throw new EngineError('invalid', `invalid mount config for type "${type}": subpath must be a relative path within the volume`)
}

/**
 * Opens the part of a volume or an image that is mounted. Containers that have the volume can change it at any moment: what
 * was opened is what is used.
 * @throws EngineError `not-found` for what is not there, `invalid` for what leads out, with docker's words
 */
export async function openSubpath(base: string, subpath: string): Promise<OpenPath> {
  try {
    return await openBeneath(base, subpath)
  } catch (error) {
    if (error instanceof EscapesBase) throw new EngineError('invalid', `path concatenation escapes the base directory, base: ${base}, subpath: ${subpath}`)
    const words = wordsOf(error)
    if (words === undefined) throw error
    const path = join(base, subpath)
    throw new EngineError('not-found', `cannot access path ${path}: lstat ${path}: ${words}`, { cause: error })
  }
}

function wordsOf(error: unknown): string | undefined {
  if (hasCode(error, 'ENOENT')) return 'no such file or directory'
  if (hasCode(error, 'ENOTDIR')) return 'not a directory'
  return hasCode(error, 'ELOOP') ? 'too many levels of symbolic links' : undefined
}

/** Where the parts that a container mounts are to be found, as long as this is not disposed of. */
export interface PinnedSubpaths extends AsyncDisposable {
  readonly sourceOf: (mount: MountPoint) => string
}

/**
 * Holds the parts of volumes and images that a container mounts until the runtime has mounted them. The runtime takes
 * names, and mounts nothing by an open file of ours: its mounts are its own. So each part has a mount in between.
 * @param folder of nobody else; it is made, and removed with what is mounted in it
 */
export async function pinSubpaths(folder: string, mounts: readonly MountPoint[]): Promise<PinnedSubpaths> {
  const parts = mounts.flatMap((mount) => (mount.subpath ? [{ mount, subpath: mount.subpath }] : []))
  const pins = new Map<MountPoint, string>()
  await using undo = new AsyncDisposableStack()
  if (parts.length > 0) {
    undo.defer(() => removePins(folder))
    await mkdir(folder, { recursive: true, mode: 0o700 })
  }
  for (const [index, { mount, subpath }] of parts.entries()) {
    const pin = join(folder, String(index))
    await using opened = await openSubpath(mount.source, subpath)
    if (opened.isFolder) await mkdir(pin)
    else await writeFile(pin, '')
    await bindMountOpen(opened.path, pin)
    pins.set(mount, pin)
  }
  const kept = undo.move()
  return { sourceOf: (mount) => pins.get(mount) ?? mount.source, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** Removes the folder, and first what is mounted in it: removing would go on into a volume. Idempotent. */
export async function removePins(folder: string): Promise<void> {
  for (const pin of await topMountsBelow(folder)) await unmount(pin)
  await rm(folder, { recursive: true, force: true })
}
