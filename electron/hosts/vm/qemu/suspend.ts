import { PlainError } from '../../plain-error.ts'
import type { MachineProcess } from '../machine-process.ts'
import { askGuest } from './ask-guest.ts'
import type { QmpClient } from './qmp.ts'
import { loadState, saveState } from './state-file.ts'

/** Writes what is to be on the disk, and lets go of what is not kept. */
const PREPARE_DEADLINE_MS = 60_000
const GO_ON_DEADLINE_MS = 30_000

/** Writes what a guest has in memory to a file, and ends its QEMU. @throws Error when it cannot be done: then the guest goes on, unless QEMU has ended */
export async function suspend(stateFile: string, child: MachineProcess, monitor: QmpClient, stateSocket: string): Promise<void> {
  const ready = { yes: 'engineroom: ready to suspend', no: 'engineroom: not ready to suspend' }
  const why = await askGuest(child, 'suspend', ready, PREPARE_DEADLINE_MS)
  if (why !== undefined) throw new PlainError(`The guest cannot be suspended: ${why}.`)
  try {
    await monitor.execute('stop', {})
    await saveState(monitor, stateSocket, stateFile)
  } catch (error) {
    await goOn(child, monitor).catch(() => undefined) // It has ended, or says why on its console.
    throw error
  }
  // From here on it writes nothing any more.
  await monitor.execute('quit', {}).catch(() => undefined) // It may be gone before it has answered.
  await child.ended
}

/** Has a QEMU that waits for it go on from a file. @returns the milliseconds that QEMU itself took to read it. @throws PlainError when the guest does not go on; the signal's reason */
export async function goOnFrom(stateFile: string, child: MachineProcess, monitor: QmpClient, stateSocket: string, signal: AbortSignal): Promise<number> {
  const off = new AbortController()
  void child.ended.then(({ reason }) => off.abort(new PlainError(reason)))
  const begun = performance.now()
  await loadState(monitor, stateSocket, stateFile, AbortSignal.any([signal, off.signal])).catch((error) => {
    throw off.signal.aborted ? off.signal.reason : error
  })
  const tookMs = performance.now() - begun
  await goOn(child, monitor)
  return tookMs
}

async function goOn(child: MachineProcess, monitor: QmpClient): Promise<void> {
  await monitor.execute('cont', {})
  // Before anybody can ask its engine for anything. A line of its own: an image from before takes no notice, and is told later.
  child.type(`clock ${(Date.now() / 1000).toFixed(3)}`)
  const why = await askGuest(child, 'go-on', { yes: 'engineroom: going on', no: 'engineroom: not going on' }, GO_ON_DEADLINE_MS)
  if (why !== undefined) throw new PlainError(`The guest does not go on: ${why}.`)
}
