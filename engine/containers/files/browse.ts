import { type BigIntStats, constants } from 'node:fs'
import { posix } from 'node:path'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { EngineError } from '../../errors.ts'
import { cleanContainerPath, describeFailure } from './container-files.ts'
import type { FileTree } from './file-tree.ts'
import { textOf } from './latin1.ts'
import { PathError } from './path-error.ts'
import type { Located, RootView, ViewFolder } from './root-view.ts'

export type FileKind = 'folder' | 'file' | 'link' | 'pipe' | 'socket' | 'device'

export interface FileEntry {
  readonly name: string
  readonly kind: FileKind
  /** Permissions, with setuid, setgid and sticky. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly sizeBytes: number
  readonly modifiedAtMs: number
  /** What a link says; empty for anything else. */
  readonly linkTarget: string
  /** Something is mounted here: it can be changed, not taken away. */
  readonly isMount: boolean
  readonly isReadOnly: boolean
}

export interface Listing {
  /** Where the path leads, without links. */
  readonly path: string
  readonly self: FileEntry
  /** Of a folder, in the order of the file system. */
  readonly entries: readonly FileEntry[] | undefined
}

/** Node has four threads for this; more at a time would only wait in memory. */
const STATS_AT_ONCE = 64

const KINDS: Readonly<Record<number, FileKind>> = {
  [constants.S_IFDIR]: 'folder',
  [constants.S_IFLNK]: 'link',
  [constants.S_IFREG]: 'file',
  [constants.S_IFIFO]: 'pipe',
  [constants.S_IFSOCK]: 'socket',
}

/**
 * What is at a path, every link followed, and if it is a folder, what is in it.
 * @throws EngineError `not-found`
 */
export async function listPath(tree: FileTree, path: string, signal: AbortSignal): Promise<Listing> {
  return at(tree, path, async (view) => {
    await using found = await view.locate(await view.resolve(cleanContainerPath(path)))
    const self = entryOf(posix.basename(found.path), found.stat, '', isMountAt(view, found.path), found.folder?.isReadOnly ?? false)
    return { path: textOf(found.path), self, entries: found.folder && (await entriesOf(view, found.folder, signal)) }
  })
}

/**
 * Writes the bytes of a regular file, every link followed, as long as it was when it was opened.
 * @param open called with its size in bytes once nothing can be refused any more
 * @throws EngineError `not-found`, `invalid` for what is no regular file
 */
export async function readFileAt(tree: FileTree, path: string, open: (name: string, sizeBytes: number) => Writable): Promise<void> {
  await at(tree, path, async (view) => {
    await using found = await view.locate(await view.resolve(cleanContainerPath(path)))
    const { place } = found
    if (!place || !found.stat.isFile()) throw notRegular(path)
    await using file = await place.folder.openFile(place.name)
    const facts = await file.stat()
    if (!facts.isFile()) throw notRegular(path) // Somebody has put something else there since.
    const output = open(textOf(posix.basename(found.path)), facts.size)
    if (facts.size === 0) output.end()
    else await pipeline(file.createReadStream({ start: 0, end: facts.size - 1, autoClose: false }), output)
  })
}

/**
 * Removes what is at a path, a folder with all that is below it; a link itself, not what it leads to.
 * @throws EngineError `not-found`, `system` for a mount and in what may not be written
 */
export async function removeAt(tree: FileTree, path: string): Promise<void> {
  await at(tree, path, async (view) => {
    const cleaned = cleanContainerPath(path).replace(/\/\.?$/, '')
    if (cleaned === '') throw new EngineError('invalid', 'the root cannot be removed')
    await using parent = await view.folder(posix.dirname(cleaned))
    const name = posix.basename(cleaned)
    const whole = posix.join(parent.path, name)
    if (parent.isReadOnly) throw new PathError('EROFS', 'unlinkat', whole)
    if (view.mountAt(whole) || view.mountsBelow(whole).length > 0) throw new PathError('EBUSY', 'unlinkat', whole)
    if (!(await parent.handle.statOf(name))) throw new PathError('ENOENT', 'unlinkat', whole)
    await parent.handle.remove(name)
  })
}

async function at<T>(tree: FileTree, path: string, work: (view: RootView) => Promise<T>): Promise<T> {
  if (path === '') throw new EngineError('invalid', 'bad parameter: path cannot be empty')
  await using files = await tree.open()
  try {
    return await work(files.view)
  } catch (error) {
    throw describeFailure(error, path, tree.owner)
  }
}

async function entriesOf(view: RootView, folder: ViewFolder, signal: AbortSignal): Promise<FileEntry[]> {
  const names = await folder.handle.names()
  const entries: FileEntry[] = []
  for (let from = 0; from < names.length; from += STATS_AT_ONCE) {
    signal.throwIfAborted()
    const some = await Promise.all(names.slice(from, from + STATS_AT_ONCE).map((name) => childOf(view, folder, name)))
    entries.push(...some.filter((entry) => entry !== undefined))
  }
  return entries
}

/** Undefined for what went away meanwhile. */
async function childOf(view: RootView, folder: ViewFolder, name: string): Promise<FileEntry | undefined> {
  const path = posix.join(folder.path, name)
  if (isMountAt(view, path)) {
    await using mounted: Located = await view.locate(path)
    return entryOf(name, mounted.stat, '', true, view.mountAt(path)?.isReadOnly ?? false)
  }
  const stat = await folder.handle.statOf(name)
  const target = stat?.isSymbolicLink() ? await folder.handle.linkOf(name).catch(() => '') : ''
  return stat && entryOf(name, stat, target ?? '', false, folder.isReadOnly)
}

function entryOf(name: string, stat: BigIntStats, linkTarget: string, isMount: boolean, isReadOnly: boolean): FileEntry {
  const mode = Number(stat.mode)
  return {
    name: textOf(name),
    kind: KINDS[mode & constants.S_IFMT] ?? 'device',
    mode: mode & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    sizeBytes: Number(stat.size),
    modifiedAtMs: Number(stat.mtimeMs),
    linkTarget: textOf(linkTarget),
    isMount,
    isReadOnly,
  }
}

function isMountAt(view: RootView, path: string): boolean {
  return view.mountAt(path) !== undefined
}

function notRegular(path: string): EngineError {
  return new EngineError('invalid', `${path} is not a regular file`)
}
