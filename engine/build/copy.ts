import { createReadStream } from 'node:fs'
import { chmod, chown, lstat, mkdtemp, readdir } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { EngineError } from '../errors.ts'
import { copyAsRoot, copyWithOwners, setModes, setOwner, shareAsRoot } from '../linux/copy-tree.ts'
import { removeTree } from '../linux/remove-tree.ts'
import { isTarArchive, unpackArchive } from './archive.ts'
import type { Owner } from './chown.ts'
import { ignorePatterns, removeIgnored } from './ignore-patterns.ts'
import { kindBelow, type LayerFolder, makeFolder, pathInside, repeatAttributes } from './layer-folder.ts'
import type { KeptFolder, Source } from './sources.ts'

export interface CopyOptions {
  readonly verb: 'COPY' | 'ADD'
  /** Absolute; a `/` at its end means a folder. */
  readonly target: string
  /** Undefined for root, or for what an unpacked archive says. */
  readonly owner: Owner | undefined
  /** From another image: owners stay unless another one is given. */
  readonly keepsOwners: boolean
  /** For chmod(1). */
  readonly mode: string | undefined
  /** ADD --unpack, where it is given. */
  readonly unpacks: boolean | undefined
  /** Patterns as in .dockerignore. */
  readonly excludes: readonly string[]
  /** The sources stay after the build. */
  readonly areKept: boolean
}

/** What stays under another name, too, shows it in the image, as the number of its links: cron(8) refuses such a crontab. Of what is as large as this, nobody asks. */
const LARGE_BYTES = 1024 * 1024

/**
 * Puts sources where an image will have them. The layer folder is fresh: whatever is in it was put there by this step.
 * @throws EngineError `invalid` with docker's words
 * @see Dockerfile reference, "COPY", "ADD"
 */
export async function copyIntoLayer(layer: LayerFolder, sources: readonly Source[], options: CopyOptions): Promise<void> {
  const { verb, target } = options
  const inside = await pathInside(layer, target)
  const isFolder = target.endsWith('/') || (await kindBelow(layer, inside)) === 'folder'
  for (const source of sources) {
    if (source.parents) await copyWithParents(layer, inside, source, source.parents, options)
    else if (source.isFolder) await copyFolder(layer, inside, source, options)
    else if (unpacks(verb, source, options) && (await isTarArchive(source.path))) await unpack(layer, inside, source, options)
    else await copyFile(layer, isFolder ? posix.join(inside, source.name) : inside, source, options)
  }
}

async function copyFile(layer: LayerFolder, path: string, source: Source, options: CopyOptions): Promise<void> {
  if ((await kindBelow(layer, path)) === 'folder') throw new EngineError('invalid', `cannot overwrite directory ${path} with a file`)
  await makeFolder(layer, posix.dirname(path), options.owner)
  const target = join(layer.folder, path)
  const staysAsItIs = options.owner === undefined && options.mode === undefined
  if (staysAsItIs && (await shareAsRoot(source.path, target, options.areKept ? LARGE_BYTES : 0))) return
  await (options.keepsOwners ? copyWithOwners : copyAsRoot)(source.path, target)
  await adjust(target, options)
}

/** The target is a folder then, and a folder that is copied keeps its name, too. */
async function copyWithParents(layer: LayerFolder, inside: string, source: Source, parents: readonly KeptFolder[], options: CopyOptions): Promise<void> {
  await makeFolder(layer, inside, options.owner)
  let folder = inside
  for (const { name, path } of parents) {
    folder = await pathInside(layer, posix.join(folder, name))
    const isThereAlready = (await kindBelow(layer, folder)) !== undefined || (await isThere(join(layer.folder, folder)))
    await makeFolder(layer, folder)
    if (!isThereAlready) await makeLike(layer, folder, path, options)
  }
  const target = posix.join(folder, source.name)
  if (!source.isFolder) return copyFile(layer, target, source, options)
  const path = await pathInside(layer, target)
  await copyFolder(layer, path, source, options)
  if (source.name !== '' && (await kindBelow(layer, path)) === undefined) await makeLike(layer, path, source.path, options)
}

/** Gives a new folder the mode of another one, and its owner where owners stay. */
async function makeLike(layer: LayerFolder, path: string, like: string, { owner, mode, keepsOwners }: CopyOptions): Promise<void> {
  const target = join(layer.folder, path)
  const stat = await lstat(like)
  await chown(target, owner?.uid ?? (keepsOwners ? stat.uid : 0), owner?.gid ?? (keepsOwners ? stat.gid : 0))
  await chmod(target, stat.mode & 0o7777)
  if (mode !== undefined) await setModes(target, mode)
}

/** An archive that ADD finds in the context is unpacked, one that it fetches is not. */
function unpacks(verb: 'COPY' | 'ADD', source: Source, options: CopyOptions): boolean {
  return verb === 'ADD' && (options.unpacks ?? !source.isRemote)
}

/** What is in the folder, not the folder itself, as docker does it. */
async function copyFolder(layer: LayerFolder, path: string, source: Source, options: CopyOptions): Promise<void> {
  await intoFolder(layer, path, options, async (folder) => {
    await (options.keepsOwners ? copyWithOwners : copyAsRoot)(`${source.path}/.`, folder)
    return readdir(source.path)
  })
}

async function unpack(layer: LayerFolder, path: string, source: Source, options: CopyOptions): Promise<void> {
  // Owners are those that the archive says, whatever --chown says.
  await intoFolder(layer, path, { ...options, owner: undefined }, async (folder) => {
    if ((await readdir(folder)).length === 0) {
      await unpackArchive(createReadStream(source.path), folder)
      return readdir(folder)
    }
    // tar(1) would go through links that an earlier source has put there; cp(1) does not.
    const aside = await mkdtemp(`${layer.folder}-unpacked-`)
    try {
      await unpackArchive(createReadStream(source.path), aside)
      await copyWithOwners(`${aside}/.`, folder)
      return await readdir(aside)
    } finally {
      await removeTree(aside)
    }
  })
}

/** A folder that the image has keeps its attributes; a new one has none of those of its source, as with docker. @param fill returns what is new in it */
async function intoFolder(layer: LayerFolder, path: string, options: CopyOptions, fill: (folder: string) => Promise<string[]>): Promise<void> {
  const below = await kindBelow(layer, path)
  if (below === 'other') throw new EngineError('invalid', `failed to copy files: failed to copy directory: mkdir ${path}: not a directory`)
  await makeFolder(layer, path)
  const folder = join(layer.folder, path)
  const names = await fill(folder)
  await exclude(folder, options.excludes)
  for (const name of names) if (await isThere(join(folder, name))) await adjust(join(folder, name), options)
  if (path === '/') return
  if (below === 'folder') return repeatAttributes(layer, path)
  await chown(folder, options.owner?.uid ?? 0, options.owner?.gid ?? 0)
  await chmod(folder, 0o755)
  if (options.mode !== undefined) await setModes(folder, options.mode)
}

async function adjust(path: string, { owner, mode }: CopyOptions): Promise<void> {
  if (owner) await setOwner(path, owner)
  // chown takes the bits of setuid away.
  if (mode !== undefined) await setModes(path, mode)
}

async function exclude(folder: string, patterns: readonly string[]): Promise<void> {
  if (patterns.length === 0) return
  await removeIgnored(folder, ignorePatterns(patterns.join('\n')))
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined // It was excluded.
}
