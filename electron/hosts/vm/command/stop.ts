import type { CommandParts } from './parts.ts'

/** `engineroom vm stop`: shuts the guest down; returns when it is off. */
export async function stop({ control, folder, terminal }: CommandParts): Promise<number> {
  const wasRunning = await control.stop()
  if (wasRunning) for await (const _ of control.follow()); // Until the supervisor has tidied up and left.
  terminal.say(wasRunning ? `The VM ${folder.name} is off.` : `The VM ${folder.name} is not running.`)
  return 0
}
