import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf, messageOf } from '../../../errors.ts'
import { PlainError } from '../../plain-error.ts'
import type { VmFolder } from '../vm-folder.ts'
import { checkDiskMove, checkFree, nameOfCopy } from './check-move.ts'
import { copyDisk, digestOnDisk } from './copy-disk.ts'
import { type DiskMove, readDiskRecord, removeUnfinishedRecord, settleDiskRecord, syncFolder, writeDiskRecord } from './disk-record.ts'

/** How far a move is: bytes of the file's length. */
export type Report = (what: 'Copying' | 'Verifying', bytes: number, of: number) => void

/**
 * Copies the data disk into another folder, makes sure of every byte, and hands over: then the new file is the disk, and
 * the old one is whole. What goes wrong before that is undone. The caller owns the VM, which is off.
 * @throws PlainError with what is wrong; the signal's reason
 */
export async function moveDisk(folder: VmFolder, dir: string, signal: AbortSignal, report: Report): Promise<DiskMove> {
  const { from, to, makes } = await checkDiskMove(folder, dir)
  const move: DiskMove = { id: randomBytes(8).toString('hex'), stage: 'copying', from, to, ...(makes !== undefined && { makes }) }
  await writeDiskRecord(folder, move)
  try {
    return await copyAndSwitch(folder, move, signal, report)
  } catch (error) {
    await undoMove(folder, move)
    if (signal.aborted || error instanceof PlainError) throw error
    throw new PlainError(`The data disk could not be copied to ${dir}: ${inWords(error)}.`, '', { cause: error })
  }
}

async function copyAndSwitch(folder: VmFolder, move: DiskMove, signal: AbortSignal, report: Report): Promise<DiskMove> {
  const { from, to } = move
  const copy = copyOf(move)
  const { size } = await stat(from)
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  const telling = (what: Parameters<Report>[0]) => ({ signal, onBytes: (bytes: number) => report(what, bytes, size) })
  const digest = await copyDisk(from, copy, telling('Copying'))
  if ((await digestOnDisk(copy, telling('Verifying'))) !== digest) throw new PlainError(`What was copied to ${dirname(to)} is not there as it was written.`)
  await writeDiskRecord(folder, { ...move, stage: 'copied', digest })
  // Who moves to the same folder made a copy before this look, and looks after: one of us sees the other.
  await checkFree(to, nameOfCopy(to, move.id))
  await rename(copy, to)
  await syncFolder(dirname(to))
  const switched: DiskMove = { ...move, stage: 'switched', digest }
  await writeDiskRecord(folder, switched)
  return switched
}

/**
 * Goes back to where the disk was: the copy goes, and last the record. The caller owns the VM, which is off, and
 * whose engine has not answered since the switch. Can be repeated after a crash at any point.
 */
export async function undoMove(folder: VmFolder, { id }: Pick<DiskMove, 'id'>): Promise<void> {
  const move = await readDiskRecord(folder)
  if (!move || move.stage === 'moved' || move.stage === 'removing' || move.id !== id) return
  const { from, to, makes } = move
  const copy = copyOf(move)
  if (move.stage === 'switched' || (move.stage === 'copied' && (await hasGotItsName(move)))) await writeDiskRecord(folder, { ...move, stage: 'undoing' })
  if ((await readDiskRecord(folder))?.stage === 'undoing') await rm(to, { force: true })
  await rm(copy, { force: true })
  if (makes !== undefined) await removeMade(dirname(to), makes)
  await settleDiskRecord(folder, from)
}

/** The copy has gone, and what has its name is it. Where it was renamed, the record may not say so yet. */
async function hasGotItsName(move: DiskMove): Promise<boolean> {
  if ((await isThere(copyOf(move))) || !(await isThere(move.to))) return false
  return (await digestOnDisk(move.to, { signal: new AbortController().signal, onBytes: () => undefined })) === move.digest
}

/** Undoes a move that was cut off before the new file was the disk. Who owns the VM asks this first. */
export async function undoUnfinishedMove(folder: VmFolder): Promise<void> {
  await removeUnfinishedRecord(folder)
  const record = await readDiskRecord(folder)
  if (record?.stage === 'copying' || record?.stage === 'copied' || record?.stage === 'undoing') await undoMove(folder, record)
}

/** From now on nobody goes back: the engine is about to say to somebody that something is written. */
export async function keepMove(folder: VmFolder): Promise<void> {
  const record = await readDiskRecord(folder)
  if (record?.stage === 'switched') await writeDiskRecord(folder, { ...record, stage: 'removing' })
}

/** Removes the old file, if there is one: the engine has answered from the new one. Can be repeated after a crash at any point. */
export async function finishMove(folder: VmFolder): Promise<void> {
  const record = await readDiskRecord(folder)
  if (record?.stage !== 'removing') return
  await rm(record.from, { force: true })
  await settleDiskRecord(folder, record.to)
}

/** Removes the disk, wherever it is, and what was left of it elsewhere. The caller owns the VM, which is off. */
export async function eraseDisk(folder: VmFolder): Promise<void> {
  await undoUnfinishedMove(folder)
  const record = await readDiskRecord(folder)
  const paths = record?.stage === 'moved' ? [record.to] : record ? [record.from, record.to] : []
  for (const path of [...paths, folder.ownDisk]) for (const suffix of ['', '.new', '.compact']) await rm(`${path}${suffix}`, { force: true })
  await rm(folder.diskRecord, { force: true })
}

function copyOf({ id, to }: DiskMove): string {
  return join(dirname(to), nameOfCopy(to, id))
}

/** Folders that were made for a move, from the innermost out; what somebody has put something into stays. */
async function removeMade(innermost: string, outermost: string): Promise<void> {
  for (let path = innermost; path.length >= outermost.length; path = dirname(path)) {
    try {
      await rmdir(path)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') continue
      if (codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST' || codeOf(error) === 'EBUSY') return
      throw error
    }
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false
    throw error
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no space left',
  EDQUOT: 'your quota is used up',
  EFBIG: 'files of that size cannot be there',
  EROFS: 'its file system can only be read',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EIO: 'the disk cannot be read or written',
}

function inWords(error: unknown): string {
  return WORDS[codeOf(error) ?? ''] ?? messageOf(error)
}
