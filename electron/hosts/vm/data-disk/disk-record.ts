import { access, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Static, Type } from 'typebox'
import { readIfThere } from '../../../read-if-there.ts'
import { PlainError } from '../../plain-error.ts'
import { parseJson } from '../parse-json.ts'
import type { VmFolder } from '../vm-folder.ts'

/**
 * How far a move of the data disk has come, in the order of its life:
 *
 *   copying    the old file is the disk; the copy has a name of its own, and is to be thrown away
 *   copied     the old file is the disk; the copy is whole, and is being given its name
 *   switched   the new file is the disk, and the old one still whole
 *   undoing    the old file is the disk; the new one is to be removed
 *   removing   the new file is the disk, and nobody goes back
 */
const MoveSchema = Type.Object({
  /** Of this move alone: in the name of its copy. */
  id: Type.String({ pattern: '^[0-9a-f]+$' }),
  stage: Type.Union([Type.Literal('copying'), Type.Literal('copied'), Type.Literal('switched'), Type.Literal('undoing'), Type.Literal('removing')]),
  from: Type.String(),
  to: Type.String(),
  /** The topmost of the folders that were made for it. */
  makes: Type.Optional(Type.String()),
  /** Of what was copied, from `copied` on. */
  digest: Type.Optional(Type.String()),
})
export type DiskMove = Static<typeof MoveSchema>

/** Where the disk is, when it is not where a VM's disk begins its life. */
const MovedSchema = Type.Object({ stage: Type.Literal('moved'), to: Type.String() })

const RecordSchema = Type.Union([MoveSchema, MovedSchema])

/** `disk.json` in the VM's folder: which file is the disk is what it says, and it changes by one rename. There is none while nobody has moved it. */
export type DiskRecord = Static<typeof RecordSchema>

/** The file that is the disk now. */
export interface DiskPlace {
  readonly path: string
  /** It has been there: if it is not now, it must not be made anew, as the file system that it is on may not be mounted. */
  readonly mustExist: boolean
}

export async function diskPlace(folder: VmFolder): Promise<DiskPlace> {
  const record = await readDiskRecord(folder)
  return record ? { path: pathOf(record), mustExist: true } : { path: folder.ownDisk, mustExist: false }
}

/** A file system that is not mounted must not look like a new, empty engine. @throws PlainError when a disk that has been there is not */
export async function checkDiskThere({ path, mustExist }: DiskPlace): Promise<void> {
  try {
    if (mustExist) await access(path)
  } catch (cause) {
    const remedy = 'Is the file system that it is on mounted? If it is lost, begin anew with: engineroom vm reset erase'
    throw new PlainError(`The data disk is not there: ${path}.`, remedy, { cause })
  }
}

function pathOf(record: DiskRecord): string {
  switch (record.stage) {
    case 'copying':
    case 'copied':
    case 'undoing':
      return record.from
    case 'switched':
    case 'removing':
    case 'moved':
      return record.to
  }
}

/** @throws Error when this version cannot read it: then nobody knows where the disk is */
export async function readDiskRecord({ diskRecord: path }: VmFolder): Promise<DiskRecord | undefined> {
  const text = await readIfThere(path)
  if (text === undefined) return undefined
  const record = parseJson(RecordSchema, text)
  if (!record) throw new Error(`${path} should say where the data disk is, and this version cannot read it`)
  return record
}

/** The old record or the new one, durably. */
export async function writeDiskRecord({ diskRecord: path }: VmFolder, record: DiskRecord): Promise<void> {
  const temporary = unfinished(path)
  {
    await using file = await open(temporary, 'w', 0o600)
    await file.writeFile(`${JSON.stringify(record)}\n`)
    await file.sync()
  }
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

/** What a crash left of one that was being written. */
export async function removeUnfinishedRecord({ diskRecord: path }: VmFolder): Promise<void> {
  await rm(unfinished(path), { force: true })
}

function unfinished(path: string): string {
  return `${path}.new`
}

/** The disk of a VM at rest: without a record when it is in the VM's own folder. */
export async function settleDiskRecord(folder: VmFolder, path: string): Promise<void> {
  if (path !== folder.ownDisk) return writeDiskRecord(folder, { stage: 'moved', to: path })
  await rm(folder.diskRecord, { force: true })
  await syncFolder(dirname(folder.diskRecord))
}

/** Makes a rename in a folder last, where folders can be flushed. @see fsync(2) */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  await using folder = await open(path, 'r')
  await folder.sync()
}
