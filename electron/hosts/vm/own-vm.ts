import { setTimeout as delay } from 'node:timers/promises'
import { PlainError } from '../plain-error.ts'
import { ControlClient } from './supervisor/control-client.ts'
import { purposeOfHolder, takePidLock } from './supervisor/pid-lock.ts'
import { makeVmFolder, type VmFolder } from './vm-folder.ts'

/** Why a VM that is off cannot be had; each ends a sentence that begins with its name. */
export const MOVING = 'is off while its data disk is being moved'
export const TENDING = 'is off while its data disk is being looked after'

/** A supervisor that has shut its VM down is gone after this. */
const DEADLINE_MS = 20_000
const LOOK_AGAIN_MS = 50

/**
 * Takes a VM that is off for this process alone: nobody starts it meanwhile, and nobody else touches its disk.
 * @param signal gives up waiting for a supervisor that is about to leave
 * @throws PlainError when it runs, or somebody else has it; the signal's reason
 */
export async function ownVm(folder: VmFolder, purpose: typeof MOVING | typeof TENDING, signal?: AbortSignal): Promise<AsyncDisposable> {
  await makeVmFolder(folder)
  const control = new ControlClient(folder.controlSocket)
  for (const deadline = Date.now() + DEADLINE_MS; ; await delay(LOOK_AGAIN_MS)) {
    signal?.throwIfAborted()
    const lock = await takePidLock(folder.pidFile, purpose)
    if (lock) return lock
    await refuseWhileOwned(folder)
    const state = (await control.status())?.state
    // One that is off is about to leave.
    if (Date.now() > deadline || (state !== undefined && state !== 'stopped' && state !== 'failed'))
      throw new PlainError(`The VM ${folder.name} runs, or is being started.`, 'Stop it first: engineroom vm stop')
  }
}

/** @throws PlainError while somebody has taken it by {@link ownVm} */
export async function refuseWhileOwned({ name, pidFile }: VmFolder): Promise<void> {
  const purpose = await purposeOfHolder(pidFile)
  if (purpose !== undefined) throw new PlainError(`The VM ${name} ${purpose}.`, 'Try again when that is done.')
}
