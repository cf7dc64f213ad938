import { formatSize } from '../size.ts'
import { suspendedState } from '../suspend/suspended-state.ts'
import type { CommandParts } from './parts.ts'

/** `engineroom vm suspend`: what the guest has in memory goes to the disk; `vm start` goes on from there. */
export async function suspend({ control, folder, terminal }: CommandParts): Promise<number> {
  const wasRunning = await control.suspend()
  if (wasRunning) for await (const _ of control.follow()); // Until the supervisor has left.
  const state = await suspendedState(folder)
  if (!state) throw new Error(`The VM ${folder.name} is not running.`)
  terminal.say(`The VM ${folder.name} is suspended${wasRunning ? '' : ' already'}: ${formatSize(state.stateBytes)} in ${folder.stateFile}.`)
  if (wasRunning) terminal.say('Connections of clients (logs -f, attach, exec) have ended; containers go on with: engineroom vm start')
  return 0
}
