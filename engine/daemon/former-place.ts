import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { removeEmptyCgroup } from '../linux/cgroups.ts'
import { forgetNames } from '../networks/forget-names.ts'

/** What the daemon's things in the kernel are called after: four hex digits that are stable for a data root. */
export function shortNameOf(dataRoot: string): string {
  return createHash('sha256').update(dataRoot).digest('hex').slice(0, 4)
}

/** Where the data was no container runs any more: what is left of the engine there in the kernel, and of its runtime state, is nobody's. */
export async function forgetPlace(execRoot: string, dataRoot: string): Promise<void> {
  const shortName = shortNameOf(dataRoot)
  await forgetNames(shortName)
  await removeEmptyCgroup(`/engineroom/${shortName}`)
  await rm(join(execRoot, shortName), { recursive: true, force: true })
}
