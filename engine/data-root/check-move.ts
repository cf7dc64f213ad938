import { readdir, realpath, stat, statfs } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { EngineError, hasCode } from '../errors.ts'
import { diskUsage } from '../linux/disk-usage.ts'
import { mountsBelow } from '../linux/overlay.ts'
import { NO_DATA, readRecord } from './move-record.ts'

/** A move that can be made, and how much there is to copy. */
export interface CheckedMove {
  /** Without symbolic links. */
  readonly to: string
  /** The first folder on the way there, or itself, that is not there yet. */
  readonly makes: string | undefined
  readonly bytes: number
  readonly files: number
}

/**
 * Looks whether the data in `from` can move to `to`, and changes nothing.
 * @throws EngineError `invalid` for a place that cannot be, `conflict` for one that is taken or too small
 */
export async function checkMove(from: string, to: string): Promise<CheckedMove> {
  if (!isAbsolute(to)) throw new EngineError('invalid', `the new data directory must be an absolute path: ${to}`)
  const [source, target] = await Promise.all([realpath(from), realTarget(resolve(to))])
  if (target === source) throw new EngineError('invalid', `the data is in ${to} already`)
  if (isBelow(target, source)) throw new EngineError('invalid', `${to} is inside the data directory ${from}`)
  if (isBelow(source, target)) throw new EngineError('invalid', `the data directory ${from} is inside ${to}`)
  const makes = (await checkEmpty(target)) ? await firstMissing(target) : undefined
  const { bytes, diskBytes, entries } = (await diskUsage(from, () => 'all')).get('all') ?? { bytes: 0, diskBytes: 0, entries: 0 }
  await checkSpace(target, diskBytes, entries)
  return { to: target, makes, bytes, files: entries }
}

/** The real path of what need not be there yet. */
async function realTarget(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
    return join(await realTarget(dirname(path)), basename(path))
  }
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

/** A place that the data was moved away from is as good as empty. @returns whether it must be made */
async function checkEmpty(target: string): Promise<boolean> {
  let names: string[]
  try {
    names = await readdir(target)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return true
    if (hasCode(error, 'ENOTDIR')) throw new EngineError('invalid', `${target} is not a folder`)
    throw error
  }
  const record = await readRecord(target)
  const isFree = record === undefined || record.stage === 'moved'
  const data = names.filter((name) => !NO_DATA.includes(name) || (name === 'move.json' && !isFree) || name === 'incoming-move.json')
  if (data.length > 0) throw new EngineError('conflict', `${target} is not empty: ${data.slice(0, 3).join(', ')}${data.length > 3 ? ', …' : ''} is in it`)
  return false
}

/** @throws EngineError `conflict` while a container, or a copy into or out of one, has something mounted below `from` */
export async function checkUnused(from: string): Promise<void> {
  const mounts = (await mountsBelow(from)).filter((path) => path !== from).map((path) => path.slice(from.length + 1))
  const ids = [...new Set(mounts.flatMap((path) => /^containers\/([0-9a-f]{12})/.exec(path)?.[1] ?? []))]
  if (ids.length > 0) throw new EngineError('conflict', `containers use the data directory ${from}: ${ids.join(', ')}; stop them first`)
  if (mounts.length > 0) throw new EngineError('conflict', `something is mounted in the data directory ${from}: ${mounts.join(', ')}`)
}

async function checkSpace(target: string, neededBytes: number, neededFiles: number): Promise<void> {
  const { bavail, bsize, ffree, files } = await statfs(await existing(target))
  const freeBytes = bavail * bsize
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`
  if (freeBytes < neededBytes)
    throw new EngineError('conflict', `${target} has not enough space: ${megabytes(neededBytes)} are needed, ${megabytes(freeBytes)} are free`)
  // Some file systems make inodes as they need them, and say that they have none.
  if (files > 0 && ffree < neededFiles) throw new EngineError('conflict', `${target} has not enough inodes: ${neededFiles} are needed, ${ffree} are free`)
}

async function existing(path: string): Promise<string> {
  return (await isThere(path)) ? path : existing(dirname(path))
}

/** @param path is not there */
async function firstMissing(path: string): Promise<string> {
  return (await isThere(dirname(path))) ? path : firstMissing(dirname(path))
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
    return false
  }
}
