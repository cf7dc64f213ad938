import { removeTable } from '../linux/nft.ts'
import { KernelNames } from './kernel-names.ts'
import { removeStrays } from './strays.ts'

/** Removes all that carries a prefix, which is no daemon's any more. @see KernelNames */
export async function forgetNames(prefix: string): Promise<void> {
  const names = new KernelNames(prefix)
  await removeStrays(names, { containerIds: [], links: new Map(), bridges: [], parents: [] })
  for (const family of ['ip', 'ip6']) await removeTable(family, names.table)
}
