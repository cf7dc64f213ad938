import type { MachineProcess } from '../machine-process.ts'

/** ext4 of some terabytes grows in seconds. A guest of an older image does not answer at all. */
const DEADLINE_MS = 60_000

/** Has the guest grow its file system to the end of the data disk, by a word on its serial console. @returns whether it said that it did */
export async function guestGrows(child: Pick<MachineProcess, 'onLine' | 'type' | 'ended'>, deadlineMs = DEADLINE_MS): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const hearNoMore = child.onLine((line) => {
    if (line.endsWith('engineroom: disk grown')) resolve(true)
    if (line.includes('engineroom: disk not grown')) resolve(false)
  })
  const late = setTimeout(() => resolve(false), deadlineMs)
  void child.ended.then(() => resolve(false))
  child.type('grow-disk')
  try {
    return await promise
  } finally {
    clearTimeout(late)
    hearNoMore()
  }
}
