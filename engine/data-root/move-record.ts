import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { hasCode } from '../errors.ts'
import { syncFolder } from '../linux/sync.ts'

/**
 * How far a move has come, in the order of its life:
 *
 *   requested  nothing has happened yet
 *   copying    the old place has the data; whatever is at the new one is to be thrown away
 *   switched   the new place has the data, and the old one still all of it
 *   removing   the new place has the data, and nobody goes back
 *   moved      the old place holds nothing but this record, which leads to the new one
 */
const Stage = Type.Union([Type.Literal('requested'), Type.Literal('copying'), Type.Literal('switched'), Type.Literal('removing'), Type.Literal('moved')])

const MoveRecord = Type.Object({
  id: Type.String(),
  to: Type.String(),
  stage: Stage,
  /** The new place, or the topmost of the folders on the way to it that were not there before. */
  makes: Type.Optional(Type.String()),
  /** Why it is being undone. */
  failure: Type.Optional(Type.String()),
})

/** `<old place>/move.json`: who has the data is what it says, and it changes by one rename. */
export interface MoveRecord {
  readonly id: string
  readonly to: string
  readonly stage: 'requested' | 'copying' | 'switched' | 'removing' | 'moved'
  readonly makes?: string
  readonly failure?: string
}

const Marker = Type.Object({ id: Type.String(), from: Type.String() })

/** `<new place>/incoming-move.json`, until the old place is only a way here: what is in the folder may be a part of a copy. */
export interface Marker {
  readonly id: string
  readonly from: string
}

const RECORD = 'move.json'
const MARKER = 'incoming-move.json'

/** What is in a data root, and yet no data: it is not copied, and does not keep a folder from being empty. */
export const NO_DATA: readonly string[] = [RECORD, MARKER, unfinished(RECORD), unfinished(MARKER), 'lock', 'lost+found']

/** What may be in a folder that was made for a move, once nothing of the move is left in it. */
export const LEFT_OVER: readonly string[] = [unfinished(MARKER), 'lock']

export async function readRecord(folder: string): Promise<MoveRecord | undefined> {
  const value = await readJson(join(folder, RECORD))
  return value === undefined ? undefined : Value.Parse(MoveRecord, value)
}

/** Durable when it returns. */
export async function writeRecord(folder: string, record: MoveRecord): Promise<void> {
  await writeJson(folder, RECORD, record)
}

export async function removeRecord(folder: string): Promise<void> {
  await removeDurably(folder, RECORD)
}

/** What a crash left of a record or a mark that was being written. Only who has the folder's lock may. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const name of [RECORD, MARKER]) await rm(join(folder, unfinished(name)), { force: true })
}

export async function readMarker(folder: string): Promise<Marker | undefined> {
  const value = await readJson(join(folder, MARKER))
  return value === undefined ? undefined : Value.Parse(Marker, value)
}

/** Durable when it returns. */
export async function writeMarker(folder: string, marker: Marker): Promise<void> {
  await writeJson(folder, MARKER, marker)
}

export async function removeMarker(folder: string): Promise<void> {
  await removeDurably(folder, MARKER)
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/** Written beside its place, flushed, renamed, flushed: there is the old content or the new one. */
async function writeJson(folder: string, name: string, value: unknown): Promise<void> {
  const temporary = join(folder, unfinished(name))
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(value)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, join(folder, name))
  await syncFolder(folder)
}

function unfinished(name: string): string {
  return `.${name}-new`
}

async function removeDurably(folder: string, name: string): Promise<void> {
  await rm(join(folder, name), { force: true })
  await syncFolder(folder)
}
