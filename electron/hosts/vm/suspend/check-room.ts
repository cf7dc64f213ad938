import { statfs } from 'node:fs/promises'
import { PlainError } from '../../plain-error.ts'
import type { Machine } from '../driver.ts'
import { processUsage } from '../resources.ts'
import { formatSize } from '../size.ts'

/** Of devices, and of what is not memory. */
const MORE_BYTES = 64 * 1024 ** 2

/** What the guest has in memory takes no more than the machine has of this computer, or than the guest was given. @throws PlainError when there is no room for it */
export async function checkRoom(folder: string, { pid }: Pick<Machine, 'pid'>, memoryBytes: number): Promise<void> {
  const used = (await processUsage(pid))?.memoryBytes ?? memoryBytes
  const needed = Math.min(used, memoryBytes) + MORE_BYTES
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < needed)
    throw new PlainError(
      `There is no room for the guest's memory: ${folder} has ${formatSize(bavail * bsize)} free, and up to ${formatSize(needed)} are needed.`,
    )
}
