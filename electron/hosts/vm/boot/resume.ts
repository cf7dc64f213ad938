import { messageOf } from '../../../errors.ts'
import { PlainError } from '../../plain-error.ts'
import type { Machine, MachineSpec, VmDriver } from '../driver.ts'
import { consumeRecord, discardState, suspendedState, whyUnfit } from '../suspend/suspended-state.ts'
import type { VmFolder } from '../vm-folder.ts'
import type { BootProgress } from './boot-progress.ts'
import { powerOff } from './power-off.ts'
import { BOOT_STAGES, RESUME_STAGES } from './stages.ts'

export interface ResumeParts {
  readonly driver: VmDriver
  readonly folder: VmFolder
  /** @throws Error when there is no machine to be had */
  readonly prepareSpec: () => Promise<MachineSpec>
  /** @see makeDigest */
  readonly makeOf: (spec: MachineSpec, signal: AbortSignal) => Promise<string>
}

/** A machine, and what it was started as. */
export interface StartedMachine {
  readonly machine: Machine
  readonly spec: MachineSpec
  readonly make: string
}

/** One that has gone on, whose clock is right. */
export interface ResumedMachine extends StartedMachine {
  /** Of TLS with its engine, from before. */
  readonly session: Buffer | undefined
}

/**
 * Has a suspended guest go on, if there is one. Its state is used up when that begins, however it ends.
 * @returns undefined when the guest is to boot, from its disk as after a power cut if there was a state
 * @throws the reason of `stop`
 */
export async function resume(parts: ResumeParts, progress: BootProgress, stop: AbortSignal): Promise<ResumedMachine | undefined> {
  const { driver, folder } = parts
  if (!driver.capabilities.suspend) return undefined
  if (!(await suspendedState(folder))) {
    await discardState(folder)
    return undefined
  }
  progress.plan(RESUME_STAGES)
  try {
    return await goOn(parts, progress, stop)
  } catch (error) {
    stop.throwIfAborted()
    progress.skip(`${messageOf(error)} It boots from its disk, as after a power cut.`, BOOT_STAGES)
    return undefined
  } finally {
    await discardState(folder)
  }
}

async function goOn({ driver, folder, prepareSpec, makeOf }: ResumeParts, progress: BootProgress, stop: AbortSignal): Promise<ResumedMachine> {
  await using undo = new AsyncDisposableStack()
  const started = await progress.run('load', stop, async ({ signal, say }) => {
    const spec = await prepareSpec()
    const state = await suspendedState(folder)
    const make = await makeOf(spec, signal)
    const why = state && (await whyUnfit(state, folder, spec.disk.path, make))
    if (why !== undefined) throw new PlainError(`The suspended VM cannot go on: ${why}.`)
    signal.throwIfAborted()
    await consumeRecord(folder)
    const starting = driver.start({ ...spec, stateFile: folder.stateFile }, signal, say)
    undo.defer(() => powerOff(starting, stop))
    return { machine: await starting, spec, make, session: state?.session }
  })
  undo.move()
  return started
}
