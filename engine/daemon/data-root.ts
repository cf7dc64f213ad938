import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { claimDataRoot } from '../data-root/claim.ts'
import { copyAndSwitch, rollBack } from '../data-root/move.ts'
import { type MoveRecord, readRecord } from '../data-root/move-record.ts'
import type { MoveStatus } from '../data-root/move-status.ts'
import { hasCode, messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { lockFolder } from '../state/folder-lock.ts'
import { checkData, DATABASE } from './check-data.ts'
import { ConfigurationError } from './configuration-error.ts'

export interface UnsettledMove {
  readonly from: string
  readonly record: MoveRecord
  /** How many images there must be here; unknown once there is no way back. */
  readonly imageCount?: number
}

/** The folder with the data, for this process alone. */
export interface OpenDataRoot {
  readonly path: string
  readonly locks: Disposable
  /** Where the data was, or was tried to be: what the kernel has of the engine there is to go. */
  readonly former?: string
  /** A move whose old place is still to be removed, once the engine has started here. */
  readonly move?: UnsettledMove
}

/**
 * Finds the data, wherever it was moved since `--data-root` was written, undoes a move that was cut off, and does one that was asked for.
 * @param duringMove called before a move: it takes as long as copying takes
 * @throws ConfigurationError, EngineError for what the person who starts the daemon can mend
 */
export async function openDataRoot(
  configured: string,
  { status, log, duringMove }: { status: MoveStatus; log: Log; duringMove: () => void },
): Promise<OpenDataRoot> {
  const { path, locks, move } = await claimDataRoot(prepareFolder(configured, 'data-root', log), lockFolder)
  if (move.kind === 'none') return { path, locks }
  const { record } = move
  const { id, to } = record
  if (move.kind === 'undone') {
    const failure = record.failure ?? 'the engine ended before it was done'
    log.warn('a move of the data directory was undone', { from: path, to, failure })
    status.end({ id, from: path, to, failure })
    return { path, locks, former: to }
  }
  if (move.kind === 'switched') {
    const { from } = move
    const unsettled = { path, locks, former: from, move: { from, record } }
    if (record.stage === 'removing') return unsettled
    try {
      return { ...unsettled, move: { from, record, imageCount: await checkData(path) } }
    } catch (error) {
      return await goBack(from, error)
    }
  }
  // Whoever asks from now on is told of it.
  status.report({ stage: 'copying' })
  duringMove()
  try {
    log.info('moving the data directory', { from: path, to })
    let imageCount = 0
    const check = async (root: string) => void (imageCount = await checkData(root))
    const switched = await copyAndSwitch(path, record, check, status.report)
    const lock = lockFolder(to)
    if (!lock) throw new Error(`${to} is in use by another daemon`)
    const both = new DisposableStack()
    for (const one of [locks, lock]) both.use(one)
    return { path: to, locks: both, former: path, move: { from: path, record: switched, imageCount } }
  } catch (error) {
    return await goBack(path, error)
  }

  async function goBack(from: string, error: unknown): Promise<OpenDataRoot> {
    await rollBack(from, (await readRecord(from)) ?? record)
    log.error('the data directory stays where it is', { from, to, error: messageOf(error) })
    status.end({ id, from, to, failure: messageOf(error) })
    return { path: from, locks, former: to }
  }
}

/** @throws ConfigurationError when the folder cannot be made or written: read-only, not ours, or full and without anything to serve */
export function prepareFolder(path: string, flag: string, log: Log): string {
  const folder = resolve(path)
  try {
    makeFolders(folder)
    const probeFile = join(folder, '.write-test')
    writeFileSync(probeFile, `${process.pid}`, { flush: true })
    rmSync(probeFile)
  } catch (error) {
    const refused = (why: string) => new ConfigurationError(`the ${flag} ${folder} cannot be used: ${why}`)
    if (hasCode(error, 'EROFS')) throw refused('its file system is read-only')
    if (hasCode(error, 'EACCES', 'EPERM')) throw refused('permission denied')
    if (!hasCode(error, 'ENOSPC')) throw refused(messageOf(error))
    rmSync(join(folder, '.write-test'), { force: true })
    // Whoever starts on what is there already wants, above all, to remove some of it.
    if (!existsSync(join(folder, DATABASE))) throw refused('its disk is full')
    log.warn(`the disk of the ${flag} ${folder} is full: only removing will work`)
  }
  return folder
}

/** Like a recursive mkdir, whose error on a read-only disk is that there is no such folder. */
function makeFolders(path: string): void {
  try {
    mkdirSync(path, { mode: 0o711 })
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return
    if (!hasCode(error, 'ENOENT')) throw error
    makeFolders(dirname(path))
    mkdirSync(path, { mode: 0o711 })
  }
}
