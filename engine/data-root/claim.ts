import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '../errors.ts'
import { rollBack } from './move.ts'
import { type MoveRecord, readMarker, readRecord, removeMarker, removeUnfinished } from './move-record.ts'

/** The folder that has the data, for this process alone, and what is still to be done about a move. */
export interface ClaimedDataRoot {
  readonly path: string
  /** Of this folder, and of the other one of a move that is not finished. */
  readonly locks: Disposable
  readonly move:
    | { readonly kind: 'none' }
    /** Asked for, and not begun. */
    | { readonly kind: 'requested'; readonly record: MoveRecord }
    /** `path` has the data, and the old place is still to be removed. */
    | { readonly kind: 'switched'; readonly from: string; readonly record: MoveRecord }
    /** Was cut off or failed, and has been undone. */
    | { readonly kind: 'undone'; readonly record: MoveRecord }
}

/** From one old place to the next. */
const MOST_HOPS = 32

/**
 * Finds where the data is now that once was in `configured`, undoing a move that was cut off before the new place had it.
 * @param take locks a folder for this process; undefined when another one has it
 * @throws EngineError `conflict` when somebody has it, or when what is there is no whole data
 */
export async function claimDataRoot(configured: string, take: (folder: string) => Disposable | undefined): Promise<ClaimedDataRoot> {
  let path = configured
  for (let hops = 0; hops < MOST_HOPS; hops++) {
    using held = new DisposableStack()
    held.use(lockOf(path, take))
    await removeUnfinished(path)
    const record = await readRecord(path)
    const source = await sourceOf(path, record)
    if (source !== undefined) {
      path = source
      continue
    }
    if (record?.stage === 'moved') {
      await checkThere(path, record.to)
      path = record.to
      continue
    }
    if (!record) return { path, locks: held.move(), move: { kind: 'none' } }
    if (record.stage === 'requested') return { path, locks: held.move(), move: { kind: 'requested', record } }
    if (record.stage === 'copying') {
      await rollBack(path, record)
      return { path, locks: held.move(), move: { kind: 'undone', record } }
    }
    await checkThere(path, record.to)
    held.use(lockOf(record.to, take))
    return { path: record.to, locks: held.move(), move: { kind: 'switched', from: path, record } }
  }
  throw new EngineError('conflict', `the data of ${configured} was moved in a circle: remove the move.json that is wrong`)
}

function lockOf(folder: string, take: (folder: string) => Disposable | undefined): Disposable {
  const lock = take(folder)
  if (!lock) throw new EngineError('conflict', `the data-root ${folder} is in use by another daemon; stop it, or give this one its own --data-root`)
  return lock
}

/**
 * Where the record of a move to `path` is, if that one is not finished but has the data here.
 * @param own the record in `path`: of when the data went away from here, should it be on its way back
 * @throws EngineError `conflict` when `path` has only a part of the data
 */
async function sourceOf(path: string, own: MoveRecord | undefined): Promise<string | undefined> {
  const marker = await readMarker(path)
  if (!marker) return undefined
  const record = await readRecord(marker.from)
  if (record?.id === marker.id && (record.stage === 'switched' || record.stage === 'removing')) return marker.from
  if (own?.stage === 'moved') return undefined
  if (record?.id === marker.id && record.stage === 'moved') {
    await removeMarker(path)
    return undefined
  }
  throw new EngineError('conflict', `${path} is a copy of ${marker.from} that was not finished: start with --data-root ${marker.from}, which has the data`)
}

/** A disk that is not mounted must not look like a new, empty engine. */
async function checkThere(from: string, to: string): Promise<void> {
  if (await readRecord(to)) return
  try {
    await access(join(to, 'engine.db'))
  } catch (cause) {
    throw new EngineError('conflict', `the data of ${from} was moved to ${to}, and is not there: is its disk mounted?`, { cause })
  }
}
