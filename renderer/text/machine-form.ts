import type { HostMachine, HostMachineChange } from '../api/desktop.ts'

/** What a person sees and types: memory in MiB, the disk in GiB, a folder a line. */
export interface MachineFields {
  cpus: number
  memoryMib: number
  diskGib: number
  shares: string
}

const MIB = 1024 ** 2
export const GIB = 1024 ** 3

export function fieldsOf({ cpus, memoryBytes, diskBytes, shares }: HostMachine): MachineFields {
  return { cpus, memoryMib: memoryBytes / MIB, diskGib: diskBytes / GIB, shares: shares.join('\n') }
}

/** What of it is another than it is; nothing for what is no number yet. */
export function changeOf(machine: HostMachine, fields: MachineFields): HostMachineChange {
  const before = fieldsOf(machine)
  const shares = fields.shares
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return {
    ...(isAnother(fields.cpus, before.cpus) && { cpus: Math.round(fields.cpus) }),
    ...(isAnother(fields.memoryMib, before.memoryMib) && { memoryBytes: Math.round(fields.memoryMib * MIB) }),
    ...(isAnother(fields.diskGib, before.diskGib) && { diskBytes: Math.round(fields.diskGib * GIB) }),
    ...(shares.join('\n') !== before.shares && { shares }),
  }
}

function isAnother(now: number, before: number): boolean {
  return Number.isFinite(now) && now > 0 && now !== before
}

/** Whether a machine that is on is restarted for it. */
export function needsRestart({ growsWhileOn }: Pick<HostMachine, 'growsWhileOn'>, { diskBytes, ...others }: HostMachineChange): boolean {
  return Object.keys(others).length > 0 || (diskBytes !== undefined && !growsWhileOn)
}
