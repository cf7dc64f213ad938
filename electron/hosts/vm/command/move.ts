import { messageOf } from '../../../errors.ts'
import { PlainError } from '../../plain-error.ts'
import { checkDiskMove } from '../data-disk/check-move.ts'
import { type DiskMove, diskPlace, readDiskRecord } from '../data-disk/disk-record.ts'
import { moveDisk, undoMove, undoUnfinishedMove } from '../data-disk/move-disk.ts'
import { driverFor } from '../drivers.ts'
import { MOVING, ownVm } from '../own-vm.ts'
import { settingsOf } from '../settings.ts'
import { refuseSuspended } from '../suspend/refuse-suspended.ts'
import { MoveProgress } from './move-progress.ts'
import type { CommandParts } from './parts.ts'
import { start } from './start.ts'
import { stop } from './stop.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * `engineroom vm move DIR`: the data disk goes into another folder. What fails before the engine has answered there is
 * undone, and the VM is as it was before: on or off.
 */
export async function move(parts: CommandParts): Promise<number> {
  const { control, folder, options, terminal } = parts
  const [dir, ...more] = options.words
  if (dir === undefined || dir === '' || more.length > 0) throw new Error('engineroom vm move needs one folder: engineroom vm move DIR')
  await refuseSuspended(folder, 'its disk cannot be moved')
  await checkDiskMove(folder, dir) // Before anything is stopped.
  const wasOn = (await control.status()) !== undefined
  const from = (await diskPlace(folder)).path
  try {
    const moved = await whileNotCalledOff(async (signal) => {
      if (wasOn) await stop(parts)
      return copy(parts, dir, signal)
    })
    await startThere(parts, moved)
  } catch (error) {
    const { path } = await diskPlace(folder)
    if (wasOn && path === from) await start(parts).catch((again: unknown) => terminal.say(`The VM could not be started again: ${messageOf(again)}`))
    const where = path === from ? `The data disk stays where it was, ${path}` : `The data disk is ${path} now`
    throw new PlainError(`${where}: ${messageOf(error)}`, error instanceof PlainError ? error.remedy : '', { cause: error })
  }
  if (!wasOn) await stop(parts)
  terminal.say(`The data disk is ${(await diskPlace(folder)).path} now.`)
  if ((await readDiskRecord(folder))?.stage === 'removing') terminal.say(`${from} could not be removed yet; that is tried again at each start.`)
  return 0
}

/** Ctrl-C, and a terminal that is closed, call it off. */
async function whileNotCalledOff<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const calledOff = new AbortController()
  const callOff = () => calledOff.abort(new PlainError('It was called off.'))
  for (const signal of SIGNALS) process.on(signal, callOff)
  try {
    return await work(calledOff.signal)
  } finally {
    for (const signal of SIGNALS) process.off(signal, callOff)
  }
}

/** While this process owns the VM. */
async function copy({ folder, terminal }: CommandParts, dir: string, signal: AbortSignal): Promise<DiskMove> {
  await using _owned = await ownVm(folder, MOVING, signal)
  await undoUnfinishedMove(folder)
  await driverFor(await settingsOf(folder), folder).endLeftOver(signal, (what) => terminal.say(`  ${what}`))
  const progress = new MoveProgress(terminal)
  try {
    return await moveDisk(folder, dir, signal, (what, bytes, of) => progress.show(what, bytes, of))
  } finally {
    progress.end()
  }
}

/**
 * Boots from the new file, which removes the old one once the engine has answered.
 * @throws what the start did; then the old file is the disk again, unless the engine may have acknowledged something
 */
async function startThere(parts: CommandParts, moved: DiskMove): Promise<void> {
  try {
    await start(parts)
  } catch (error) {
    await using _owned = await ownVm(parts.folder, MOVING)
    await undoMove(parts.folder, moved)
    throw error
  }
}
