import type { MachineProcess } from '../machine-process.ts'
import { askGuest } from './ask-guest.ts'

/** ext4 of some terabytes grows in seconds. A guest of an older image does not answer at all. */
const DEADLINE_MS = 60_000

/** Has the guest grow its file system to the end of the data disk, by a word on its serial console. @returns whether it said that it did */
export async function guestGrows(child: Pick<MachineProcess, 'onLine' | 'type' | 'ended'>, deadlineMs = DEADLINE_MS): Promise<boolean> {
  const answers = { yes: 'engineroom: disk grown', no: 'engineroom: disk not grown' }
  return (await askGuest(child, 'grow-disk', answers, deadlineMs)) === undefined
}
