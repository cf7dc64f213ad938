import { chmod, chown, lstat, mkdir, readdir, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hasCode } from '../errors.ts'
import { copyEntries } from '../linux/copy-entries.ts'
import { endUnfinishedTools } from '../linux/unfinished.ts'
import { checkMove, checkUnused } from './check-move.ts'
import { compareEntries } from './compare.ts'
import { LEFT_OVER, type MoveRecord, NO_DATA, readMarker, removeMarker, removeRecord, writeMarker, writeRecord } from './move-record.ts'
import type { Report } from './move-status.ts'

/**
 * Copies the data to its new place, makes sure of every file, and hands it over: when this returns, the new place has the data, and
 * the old one is whole. The caller owns both folders, and no container runs.
 * @param check looks at the copy as the engine will, and throws what is wrong with it
 * @throws EngineError, Error; then {@link rollBack} is the caller's next step
 */
export async function copyAndSwitch(from: string, asked: MoveRecord, check: (root: string) => Promise<void>, report: Report): Promise<MoveRecord> {
  await checkUnused(from)
  const { makes, bytes } = await checkMove(from, asked.to)
  const { to, id } = asked
  const record: MoveRecord = { id, to, stage: 'copying', makes }
  await writeRecord(from, record)
  await mkdir(to, { recursive: true, mode: 0o711 })
  await writeMarker(to, { id, from })
  const names = await dataIn(from)
  report({ stage: 'copying', current: 0, total: bytes })
  await copyEntries(from, names, to, toolOwner(id), (current) => report({ stage: 'copying', current: Math.min(current, bytes), total: bytes }))
  const { mode, uid, gid } = await lstat(from)
  await chown(to, uid, gid)
  await chmod(to, mode & 0o7777)
  report({ stage: 'verifying', current: 0, total: bytes })
  await compareEntries(from, to, names, (current) => report({ stage: 'verifying', current: Math.min(current, bytes), total: bytes }))
  report({ stage: 'checking' })
  await check(to)
  report({ stage: 'switching' })
  const switched: MoveRecord = { ...record, stage: 'switched' }
  await writeRecord(from, switched)
  return switched
}

/**
 * Undoes a move that has not come to `removing`: what was copied goes, and last the record. What is left of a copy under way is
 * ended first. Can be repeated after a crash at any point.
 */
export async function rollBack(from: string, record: MoveRecord): Promise<void> {
  const { id, to, makes } = record
  if (record.stage === 'switched') await writeRecord(from, { ...record, stage: 'copying' })
  await endUnfinishedTools(toolOwner(id), [])
  // A folder without our mark is not what we copied to: its disk may be gone, or another one there.
  if ((await readMarker(to))?.id === id) {
    for (const name of await dataIn(to)) await rm(join(to, name), { recursive: true, force: true })
    await removeMarker(to)
  }
  for (let folder = to; makes !== undefined && folder.length >= makes.length; folder = dirname(folder)) {
    if (!(await removeMade(folder, folder === to ? LEFT_OVER : []))) break
  }
  await removeRecord(from)
}

/** @param ours what may be in it and goes, too. @returns false when somebody has put something there: then it stays */
async function removeMade(folder: string, ours: readonly string[]): Promise<boolean> {
  try {
    const names = await readdir(folder)
    if (names.some((name) => !ours.includes(name))) return false
    for (const name of names) await rm(join(folder, name), { force: true })
    await rmdir(folder)
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY', 'EBUSY')) return false
    if (!hasCode(error, 'ENOENT')) throw error
  }
  return true
}

/** Removes the data from its old place: from now on, nobody goes back. Can be repeated after a crash at any point. */
export async function finish(from: string, record: MoveRecord, report: Report): Promise<void> {
  const { to } = record
  report({ stage: 'removing' })
  await writeRecord(from, { ...record, stage: 'removing' })
  // What led from there to here, if the data comes back to where it was.
  await removeRecord(to)
  for (const name of await dataIn(from)) await rm(join(from, name), { recursive: true, force: true })
  await writeRecord(from, { ...record, stage: 'moved' })
  // Until now, it led a daemon that is told of the new place to the old one, which was still to be removed.
  await removeMarker(to)
}

async function dataIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => !NO_DATA.includes(name)).sort()
}

function toolOwner(id: string): string {
  return `move ${id}`
}
