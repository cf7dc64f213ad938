import type { BigIntStats } from 'node:fs'
import { hasCode } from '../errors.ts'
import { DirectoryHandle } from './directory-handle.ts'

export interface FileChange {
  /** Absolute in the container; Latin-1 text, one character a byte. */
  readonly path: string
  readonly kind: 'modified' | 'added' | 'deleted'
}

/** The same folder in the three trees of an overlay; the lower one may have no such folder. */
interface Trees {
  readonly upper: DirectoryHandle
  readonly merged: DirectoryHandle
  readonly lower: DirectoryHandle | undefined
}

/**
 * What an overlay's upper layer changed against the layers below, sorted by path. Only folders that have something in
 * the upper layer are looked into, and what is missing there is found by comparing names, so that whiteouts and opaque
 * folders need not be read. A folder counts as modified when something below it changed. Changes of extended attributes
 * alone are not seen.
 * @param paths of the mounted or plain folders
 * @see moby/go-archive changes.go, "ChangesDirs"
 */
export async function overlayChanges(paths: { upper: string; merged: string; lower: string }): Promise<FileChange[]> {
  await using upper = await DirectoryHandle.open(paths.upper)
  await using merged = await DirectoryHandle.open(paths.merged)
  await using lower = await DirectoryHandle.open(paths.lower)
  const changes = await changesIn('', { upper, merged, lower })
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function changesIn(path: string, trees: Trees): Promise<FileChange[]> {
  const changes: FileChange[] = []
  for (const name of await trees.upper.names()) {
    const now = await trees.upper.statOf(name)
    if (!now || isWhiteout(now)) continue
    const before = await trees.lower?.statOf(name)
    const below = now.isDirectory() ? await changesBelow(`${path}/${name}`, trees, name, before?.isDirectory() ?? false) : []
    const own = !before ? 'added' : isDifferent(before, now) ? 'modified' : undefined
    if (own || below.length > 0) changes.push({ path: `${path}/${name}`, kind: own ?? 'modified' }, ...below)
  }
  return [...changes, ...(await deletionsIn(path, trees))]
}

async function changesBelow(path: string, trees: Trees, name: string, isFolderBelow: boolean): Promise<FileChange[]> {
  try {
    await using upper = await trees.upper.child(name)
    await using merged = await trees.merged.child(name)
    await using lower = isFolderBelow ? await trees.lower?.child(name) : undefined
    return await changesIn(path, { upper, merged, lower })
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return [] // The container took it away meanwhile.
    throw error
  }
}

async function deletionsIn(path: string, { merged, lower }: Trees): Promise<FileChange[]> {
  if (!lower) return []
  const left = new Set(await merged.names())
  return (await lower.names()).filter((name) => !left.has(name)).map((name) => ({ path: `${path}/${name}`, kind: 'deleted' }))
}

/** @see kernel Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories" */
function isWhiteout(stat: BigIntStats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0n
}

function isDifferent(before: BigIntStats, now: BigIntStats): boolean {
  if (before.mode !== now.mode || before.uid !== now.uid || before.gid !== now.gid || before.rdev !== now.rdev) return true
  return !now.isDirectory() && (before.size !== now.size || !isSameTime(before.mtimeNs, now.mtimeNs))
}

const SECOND_NS = 1_000_000_000n

/** A time that went through an archive may have lost its fraction. */
function isSameTime(a: bigint, b: bigint): boolean {
  return a === b || (a / SECOND_NS === b / SECOND_NS && (a % SECOND_NS === 0n || b % SECOND_NS === 0n))
}
