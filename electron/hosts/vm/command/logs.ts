import { readIfThere } from '../../../read-if-there.ts'
import type { CommandParts } from './parts.ts'

/** `engineroom vm logs [-f]`: what the guest said on its serial console since `vm start`, of the last 4 MB. */
export async function logs(parts: CommandParts): Promise<number> {
  const { folder, options, terminal } = parts
  if (options.follow) return console(parts)
  const text = await readIfThere(folder.consoleLog)
  if (text === undefined) throw new Error(`The VM ${folder.name} has no log yet: it was never started.`)
  terminal.print(text.trimEnd())
  return 0
}

/** `engineroom vm console`: the last lines of the serial console, and what it says from now on. */
export async function console({ control, folder, terminal }: CommandParts): Promise<number> {
  if (!(await control.status())) throw new Error(`The VM ${folder.name} is not running.`)
  for await (const line of control.console()) terminal.print(line)
  return 0
}
