import { rm } from 'node:fs/promises'
import { PlainError } from '../../plain-error.ts'
import type { Machine, MachineSpec, VmDriver } from '../driver.ts'
import type { Forwarder } from '../forwarder.ts'
import type { VmFolder } from '../vm-folder.ts'
import { checkRoom } from './check-room.ts'
import { keepSuspended } from './suspended-state.ts'
import { usersOfShares } from './users-of-shares.ts'

export interface SuspendParts {
  readonly driver: Pick<VmDriver, 'capabilities'>
  readonly machine: Machine
  readonly spec: MachineSpec
  readonly folder: VmFolder
  readonly forwarder: Pick<Forwarder, 'lead' | 'session'>
  /** @see makeDigest. Of the machine that runs, and of one that would be started now. */
  readonly make: string
  readonly makeOf: (spec: MachineSpec, signal: AbortSignal) => Promise<string>
}

const ANSWER_DEADLINE_MS = 30_000

const OR_STOP = 'engineroom vm stop ends its containers in order.'

/**
 * Keeps what the guest has in memory on this computer's disk, and switches the machine off. Connections of clients end; their
 * containers go on when the VM is started again.
 * @throws PlainError when it cannot be done: then all is as it was, unless the machine has ended
 */
export async function suspendVm({ driver, machine, spec, folder, forwarder, make, makeOf }: SuspendParts): Promise<void> {
  if (!driver.capabilities.suspend) throw new PlainError('This VM cannot be suspended on this computer.', OR_STOP)
  if ((await makeOf(spec, AbortSignal.timeout(ANSWER_DEADLINE_MS))) !== make)
    throw new PlainError('Since the VM was started QEMU, its image or its certificates have changed: what it has in memory would not fit.', OR_STOP)
  await checkRoom(folder.folder, machine, spec.memoryBytes)
  const users = await usersOfShares(folder.engineSocket, spec.shares, AbortSignal.timeout(ANSWER_DEADLINE_MS))
  if (users.length > 0)
    throw new PlainError(`Folders of this computer are mounted in: ${users.join(', ')}. That cannot be kept.`, `Stop these containers first, or: ${OR_STOP}`)
  // Nobody starts anything from here on; and what ends now the guest still hears of.
  forwarder.lead(undefined)
  try {
    await machine.suspend(folder.stateFile)
  } catch (error) {
    await rm(folder.stateFile, { force: true, recursive: true })
    forwarder.lead({ host: '127.0.0.1', port: machine.enginePort })
    throw error
  }
  await keepSuspended(folder, spec.disk.path, make, forwarder.session)
}
