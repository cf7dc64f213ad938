import { cpus, totalmem } from 'node:os'
import type { HostMachine, HostMachineChange } from '../../ipc/contract.ts'
import { PlainError } from '../plain-error.ts'
import { driverFor } from './drivers.ts'
import { checkMemoryFits } from './memory-fits.ts'
import { ownVm, TENDING } from './own-vm.ts'
import { checkSettings, settingsOf, writeSettings } from './settings.ts'
import { prepareShares, sharedFolders } from './shares.ts'
import { formatSize } from './size.ts'
import { refuseSuspended } from './suspend/refuse-suspended.ts'
import type { VmFolder } from './vm-folder.ts'

/** What a VM has from its next start on, and what this computer could give it. */
export async function describeMachine(folder: VmFolder): Promise<HostMachine> {
  const settings = await settingsOf(folder)
  const driver = driverFor(settings, folder)
  const { cpus: count, memoryBytes, diskBytes } = settings
  return {
    ...{ cpus: count, memoryBytes, diskBytes },
    shares: [...sharedFolders(settings, driver)],
    canShare: driver.capabilities.shares !== 'none',
    growsWhileOn: driver.capabilities.onlineResize,
    most: { cpus: cpus().length, memoryBytes: totalmem() },
  }
}

/**
 * Looks at a change before anything is stopped for it.
 * @returns what it has now
 * @throws Error for what the VM could not start with
 */
export async function checkChange(folder: VmFolder, change: HostMachineChange): Promise<HostMachine> {
  const settings = await settingsOf(folder)
  const now = await describeMachine(folder)
  checkSettings({ ...settings, ...change })
  if (change.cpus !== undefined && change.cpus > now.most.cpus) throw new PlainError(`This computer has ${now.most.cpus} processors.`)
  if (change.memoryBytes !== undefined) checkMemoryFits(change.memoryBytes)
  if (change.diskBytes !== undefined && change.diskBytes < now.diskBytes)
    throw new PlainError(`The disk has ${formatSize(now.diskBytes)}: it can become larger, and not smaller.`)
  if (change.shares) await prepareShares(change.shares, driverFor(settings, folder))
  await refuseSuspended(folder, 'it has the settings that it was started with')
  return now
}

/** Of a VM that is off: counts from its next start. @throws Error when it is in use */
export async function keepChange(folder: VmFolder, change: HostMachineChange): Promise<void> {
  await using _owned = await ownVm(folder, TENDING)
  await writeSettings(folder, { ...(await settingsOf(folder)), ...change })
}

/** For `engineroom vm restart`. */
export function flagsOf({ cpus: count, memoryBytes, diskBytes, shares }: HostMachineChange): string[] {
  const flag = (name: string, value: number | undefined) => (value === undefined ? [] : [name, String(value)])
  const folders = shares?.length === 0 ? ['none'] : (shares ?? [])
  return [...flag('--cpus', count), ...flag('--memory', memoryBytes), ...flag('--disk', diskBytes), ...folders.flatMap((path) => ['--share', path])]
}
