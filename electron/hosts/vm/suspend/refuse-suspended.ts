import { PlainError } from '../../plain-error.ts'
import type { VmFolder } from '../vm-folder.ts'
import { suspendedState } from './suspended-state.ts'

/** What a suspended guest has in memory fits its disk as it is. @throws PlainError for a VM that is suspended */
export async function refuseSuspended(folder: VmFolder, what: string): Promise<void> {
  if (await suspendedState(folder))
    throw new PlainError(`The VM ${folder.name} is suspended: ${what}.`, 'Have it go on first (engineroom vm start), or end (engineroom vm stop).')
}
