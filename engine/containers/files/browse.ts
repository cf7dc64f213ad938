import { type BigIntStats, constants } from 'node:fs'
import { posix } from 'node:path'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { EngineError } from '../../errors.ts'
import { cleanContainerPath } from './container-files.ts'
import { type FileTree, withView } from './file-tree.ts'
import { textOf } from './latin1.ts'
import { NO_NAMES, type OwnerNames, ownerNames } from './owner-names.ts'
import type { Located, RootView, ViewFolder } from './root-view.ts'

export type FileKind = 'folder' | 'file' | 'link' | 'pipe' | 'socket' | 'device'

export interface FileEntry {
  readonly name: string
  readonly kind: FileKind
  /** Permissions, with setuid, setgid and sticky. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** As the container's own files call them; empty for one without a name, and in a volume. */
  readonly user: string
  readonly group: string
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
  return withView(tree, path, async (view) => {
    await using found = await view.locate(await view.resolve(cleanContainerPath(path)))
    const names = tree.hasUsers ? await ownerNames(view) : NO_NAMES
    const self = entryOf(posix.basename(found.path), found.stat, '', isMountAt(view, found.path), found.folder?.isReadOnly ?? false, names)
    return { path: textOf(found.path), self, entries: found.folder && (await entriesOf(view, found.folder, names, signal)) }
  })
}

/**
 * Writes the bytes of a regular file, every link followed, as long as it was when it was opened.
 * @param open called with its size in bytes once nothing can be refused any more
 * @throws EngineError `not-found`, `invalid` for what is no regular file
 */
export async function readFileAt(tree: FileTree, path: string, open: (name: string, sizeBytes: number) => Writable): Promise<void> {
  await withView(tree, path, async (view) => {
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

async function entriesOf(view: RootView, folder: ViewFolder, owners: OwnerNames, signal: AbortSignal): Promise<FileEntry[]> {
  const names = await folder.handle.names()
  const entries: FileEntry[] = []
  for (let from = 0; from < names.length; from += STATS_AT_ONCE) {
    signal.throwIfAborted()
    const some = await Promise.all(names.slice(from, from + STATS_AT_ONCE).map((name) => childOf(view, folder, name, owners)))
    entries.push(...some.filter((entry) => entry !== undefined))
  }
  return entries
}

/** Undefined for what went away meanwhile. */
async function childOf(view: RootView, folder: ViewFolder, name: string, owners: OwnerNames): Promise<FileEntry | undefined> {
  const path = posix.join(folder.path, name)
  if (isMountAt(view, path)) {
    await using mounted: Located = await view.locate(path)
    return entryOf(name, mounted.stat, '', true, view.mountAt(path)?.isReadOnly ?? false, owners)
  }
  const stat = await folder.handle.statOf(name)
  const target = stat?.isSymbolicLink() ? await folder.handle.linkOf(name).catch(() => '') : ''
  return stat && entryOf(name, stat, target ?? '', false, folder.isReadOnly, owners)
}

/** What is told of a file. @param name Latin-1 text, as the link's target */
export function entryOf(name: string, stat: BigIntStats, linkTarget: string, isMount: boolean, isReadOnly: boolean, owners: OwnerNames): FileEntry {
  const mode = Number(stat.mode)
  const [uid, gid] = [Number(stat.uid), Number(stat.gid)]
  return {
    name: textOf(name),
    kind: KINDS[mode & constants.S_IFMT] ?? 'device',
    mode: mode & 0o7777,
    uid,
    gid,
    user: owners.users.get(uid) ?? '',
    group: owners.groups.get(gid) ?? '',
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
