import { setTimeout as delay } from 'node:timers/promises'
import type { Machine } from './driver.ts'

/** A guest that was asked to shut down gets the plug pulled after this. */
const DEADLINE_MS = 60_000

/** A guest that still boots does not hear its power button yet. */
const PRESS_AGAIN_MS = 2_000

type Switches = Pick<Machine, 'pressPowerButton' | 'cutPower'> & { readonly ended: Promise<unknown> }

/** Presses the power button, until the guest is off; pulls the plug when that takes too long. */
export async function shutDown(machine: Switches, deadlineMs = DEADLINE_MS): Promise<void> {
  const press = () => void machine.pressPowerButton().catch(() => undefined) // Gone already, or deaf: either way its end is waited for.
  const late = new AbortController()
  const pressing = setInterval(press, PRESS_AGAIN_MS)
  press()
  try {
    const isOff = await Promise.race([machine.ended.then(() => true), delay(deadlineMs, false, { signal: late.signal })])
    if (!isOff) await machine.cutPower()
  } finally {
    clearInterval(pressing)
    late.abort()
  }
}
