import { chmod, chown, lstat, mkdir, utimes } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { EngineError, hasCode } from '../errors.ts'
import { resolveInRoot } from '../linux/resolve-in-root.ts'
import type { Owner } from './chown.ts'

/**
 * A layer in the making: a folder whose content will be the layer, and beside it the file system that it will lie on.
 * Folders on the way to a new file are repeated as they are below, as a write through overlayfs would do.
 */
export interface LayerFolder {
  /** The image so far, to look at. */
  readonly below: string
  readonly folder: string
}

/** The path inside the image that a path means, with symbolic links of the image followed. Absolute, without `/` at its end. */
export async function pathInside({ below }: LayerFolder, path: string): Promise<string> {
  return (await resolveInRoot(below, path)).slice(below.length) || '/'
}

export type EntryKind = 'folder' | 'other'

/** What the image has at a path; links were followed by {@link pathInside}. */
export async function kindBelow({ below }: LayerFolder, path: string): Promise<EntryKind | undefined> {
  try {
    return (await lstat(join(below, path))).isDirectory() ? 'folder' : 'other'
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/**
 * Makes a folder in the layer with all above it: as the image has them, or new ones.
 * @param path as {@link pathInside} gave it
 * @param owner of new ones; root without it
 */
export async function makeFolder(layer: LayerFolder, path: string, owner?: Owner): Promise<void> {
  if (path === '/') return
  await makeFolder(layer, posix.dirname(path), owner)
  if ((await kindBelow(layer, path)) === 'other') throw notAFolder(path)
  const target = join(layer.folder, path)
  try {
    await mkdir(target, { mode: 0o755 })
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    // Put there by this step: a link could lead anywhere.
    if (!(await lstat(target)).isDirectory()) throw notAFolder(path)
    return
  }
  if ((await kindBelow(layer, path)) === 'folder') await repeatAttributes(layer, path)
  else if (owner) await chown(target, owner.uid, owner.gid)
}

function notAFolder(path: string): EngineError {
  return new EngineError('invalid', `failed to copy files: mkdir ${path}: not a directory`)
}

/** Owner, mode and times of a folder of the image, for its likeness in the layer. */
export async function repeatAttributes({ below, folder }: LayerFolder, path: string): Promise<void> {
  const { uid, gid, mode, atime, mtime } = await lstat(join(below, path))
  const target = join(folder, path)
  await chown(target, uid, gid)
  await chmod(target, mode & 0o7777)
  await utimes(target, atime, mtime)
}
