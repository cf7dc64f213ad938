import { startSupervisor } from '../start-supervisor.ts'
import { suspendedState } from '../suspend/suspended-state.ts'
import type { CommandParts } from './parts.ts'
import { untilSettled } from './start.ts'

/** `engineroom vm stop`: shuts the guest down; returns when it is off. A suspended one goes on first, so that its containers end in order. */
export async function stop(parts: CommandParts): Promise<number> {
  const { control, folder, terminal } = parts
  if (!(await control.status()) && (await suspendedState(folder))) {
    terminal.say(`The VM ${folder.name} is suspended: it goes on, to end in order.`)
    await startSupervisor(folder, control)
    await untilSettled(parts)
  }
  const wasRunning = await control.stop()
  if (wasRunning) for await (const _ of control.follow()); // Until the supervisor has tidied up and left.
  terminal.say(wasRunning ? `The VM ${folder.name} is off.` : `The VM ${folder.name} is not running.`)
  return 0
}
