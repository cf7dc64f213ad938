import type { Machine } from '../driver.ts'
import { shutDown } from '../shut-down.ts'

/** A guest whose boot failed is cut off after this: who waits for it wants to know why, and most of them hear nothing any more. */
const FAILED_DEADLINE_MS = 15_000

/** The guest is to end in order: it may be far enough to write. @param stop the boot was called off, and did not fail */
export async function powerOff(starting: Promise<Machine>, stop: AbortSignal): Promise<void> {
  const machine = await starting.catch(() => undefined) // There is none; why is told by who started it.
  if (machine) await (stop.aborted ? shutDown(machine) : shutDown(machine, FAILED_DEADLINE_MS))
}
