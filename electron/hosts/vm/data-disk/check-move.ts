import { constants } from 'node:fs'
import { access, readdir, realpath, stat, statfs } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { codeOf } from '../../../errors.ts'
import { PlainError } from '../../plain-error.ts'
import { formatSize } from '../size.ts'
import type { VmFolder } from '../vm-folder.ts'
import { diskPlace } from './disk-record.ts'

/** A move that can be made. */
export interface CheckedMove {
  readonly from: string
  /** Without symbolic links. */
  readonly to: string
  /** The first folder on the way there that is not there yet. */
  readonly makes: string | undefined
}

const ANOTHER = 'Choose another folder, or move what is there away.'

/**
 * Looks whether the data disk can move into a folder, and changes nothing.
 * @param dir as a person typed it
 * @throws PlainError
 */
export async function checkDiskMove(folder: VmFolder, dir: string): Promise<CheckedMove> {
  const { path: from } = await diskPlace(folder)
  const source = await ifThere(() => stat(from))
  if (!source) throw new PlainError(`The VM ${folder.name} has no data disk at ${from}.`, 'If it was never started: engineroom vm start makes one.')
  const target = await realTarget(resolve(dir))
  if ((await realpath(dirname(from))) === target) throw new PlainError(`The data disk is in ${dir} already.`)
  const isOwn = target === (await realTarget(folder.folder))
  if (!isOwn) await checkOwner(folder, dir, target)
  const to = isOwn ? folder.ownDisk : join(target, basename(folder.ownDisk))
  await checkFolder(dir, target)
  await checkFree(to)
  await checkSpace(target, source.blocks * 512)
  const makes = (await ifThere(() => stat(target))) ? undefined : await firstMissing(target)
  return { from, to, makes }
}

/** @throws PlainError when something has the file's name, or is about to get it: a copy of another move that is under way, or was cut off */
export async function checkFree(to: string, ownCopy?: string): Promise<void> {
  const names = (await ifThere(() => readdir(dirname(to)))) ?? []
  const copy = names.find((name) => name !== ownCopy && isCopyOf(name, basename(to)))
  if (copy !== undefined)
    throw new PlainError(`${join(dirname(to), copy)} is there: another data disk is being moved to this folder, or a move was cut off.`, ANOTHER)
  if (names.includes(basename(to)) || (await ifThere(() => stat(to)))) throw new PlainError(`${to} is there already.`, ANOTHER)
}

/** What a copy is called until it is whole. */
export function nameOfCopy(to: string, id: string): string {
  return `${basename(to)}.${id}.partial`
}

function isCopyOf(name: string, disk: string): boolean {
  return name.startsWith(`${disk}.`) && name.endsWith('.partial')
}

/** What is in a VM's folder is that VM's, and goes when it is erased. */
async function checkOwner({ folder }: VmFolder, dir: string, target: string): Promise<void> {
  const all = await realTarget(dirname(folder))
  if (target === all || target.startsWith(join(all, sep)))
    throw new PlainError(`${dir} is where Engineroom keeps its virtual machines.`, 'Choose a folder outside of it.')
}

async function checkFolder(dir: string, target: string): Promise<void> {
  const nearest = await existing(target)
  if (!(await stat(nearest)).isDirectory()) throw new PlainError(`${nearest === target ? dir : nearest} is not a folder.`)
  try {
    await access(nearest, constants.W_OK | constants.X_OK)
  } catch (error) {
    const why = codeOf(error) === 'EROFS' ? 'its file system can only be read' : 'you may not write there'
    throw new PlainError(`Nothing can be made in ${nearest}: ${why}.`, '', { cause: error })
  }
}

async function checkSpace(target: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(await existing(target))
  const freeBytes = bavail * bsize
  if (freeBytes < neededBytes)
    throw new PlainError(
      `${target} has not enough space: ${formatSize(neededBytes)} are needed, ${formatSize(freeBytes)} are free.`,
      'Make room there, or make the disk smaller: engineroom vm compact',
    )
}

/** The real path of what need not be there yet. */
async function realTarget(path: string): Promise<string> {
  const real = await ifThere(() => realpath(path))
  return real ?? join(await realTarget(dirname(path)), basename(path))
}

async function existing(path: string): Promise<string> {
  return (await ifThere(() => stat(path))) ? path : existing(dirname(path))
}

/** @param path is not there */
async function firstMissing(path: string): Promise<string> {
  return (await ifThere(() => stat(dirname(path)))) ? path : firstMissing(dirname(path))
}

/** @returns undefined when there is no such file */
async function ifThere<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look()
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw error
  }
}
