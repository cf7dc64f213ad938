import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../../errors.ts'
import { PlainError } from '../../plain-error.ts'
import type { VmCertificates } from '../certificates.ts'
import type { Machine, MachineSpec, VmDriver } from '../driver.ts'
import { tellEngine } from '../follow/tell-engine.ts'
import { Forwarder } from '../forwarder.ts'
import { consumeRecord, discardState, suspendedState, whyUnfit } from '../suspend/suspended-state.ts'
import type { VmFolder } from '../vm-folder.ts'
import type { BootProgress } from './boot-progress.ts'
import { powerOff } from './power-off.ts'
import { BOOT_STAGES, RESUME_STAGES } from './stages.ts'

const TELL_AGAIN_MS = 50

export interface ResumeParts {
  readonly driver: VmDriver
  readonly folder: VmFolder
  readonly papers: VmCertificates
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
  /** Of TLS with its engine. */
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

async function goOn({ driver, folder, papers, prepareSpec, makeOf }: ResumeParts, progress: BootProgress, stop: AbortSignal): Promise<ResumedMachine> {
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
    return { machine: await starting, spec, make }
  })
  const session = await progress.run('clock', stop, ({ signal }) => setClock(started.machine, folder, papers, signal))
  undo.move()
  return { ...started, session }
}

/** Before anybody else can ask its engine for anything. @returns the session of TLS */
async function setClock(
  { enginePort, ended }: Machine,
  { earlySocket }: VmFolder,
  { client }: VmCertificates,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const off = new AbortController()
  void ended.then(({ reason }) => off.abort(new PlainError(`The machine went off. ${reason}`)))
  const either = AbortSignal.any([signal, off.signal])
  const forwarder = new Forwarder(earlySocket, client)
  try {
    await forwarder.listen()
    forwarder.lead({ host: '127.0.0.1', port: enginePort })
    while (!(await isTold(earlySocket, either))) await delay(TELL_AGAIN_MS, undefined, { signal: either })
    return forwarder.session
  } finally {
    await forwarder.close()
  }
}

/** @returns false when it cannot be reached yet. @throws PlainError when it does not take it; the signal's reason */
async function isTold(socketPath: string, signal: AbortSignal): Promise<boolean> {
  try {
    await tellEngine(socketPath, [{ path: 'clock', facts: () => ({ now: Date.now() }) }], signal)
    return true
  } catch (error) {
    if (signal.aborted || error instanceof PlainError) throw error
    return false
  }
}
