import { ControlClient } from '../supervisor/control-client.ts'
import { type VmFolder, vmFolder } from '../vm-folder.ts'
import type { VmOptions } from './options.ts'
import type { Terminal } from './terminal.ts'

/** What every command has. */
export interface CommandParts {
  readonly options: VmOptions
  readonly folder: VmFolder
  readonly control: ControlClient
  readonly terminal: Terminal
}

export function commandParts(options: VmOptions, terminal: Terminal): CommandParts {
  const folder = vmFolder(options.name)
  return { options, folder, control: new ControlClient(folder.controlSocket), terminal }
}
