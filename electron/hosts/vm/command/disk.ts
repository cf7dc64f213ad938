import type { Static } from 'typebox'
import type { CompactedSchema } from '../compacted.ts'
import { checkDiskThere, diskPlace } from '../data-disk/disk-record.ts'
import { undoUnfinishedMove } from '../data-disk/move-disk.ts'
import { driverFor } from '../drivers.ts'
import { ownVm, TENDING } from '../own-vm.ts'
import { checkSettings, settingsOf, writeSettings } from '../settings.ts'
import { formatSize } from '../size.ts'
import { refuseSuspended } from '../suspend/refuse-suspended.ts'
import type { VmFolder } from '../vm-folder.ts'
import type { CommandParts } from './parts.ts'

/** `engineroom vm resize --disk SIZE`: the data disk grows, also while the VM runs. */
export async function resize({ control, folder, options, terminal }: CommandParts): Promise<number> {
  const { diskBytes } = options
  if (diskBytes === undefined) throw new Error('engineroom vm resize needs --disk SIZE, for example --disk 100g')
  const isRunning = await control.resize(diskBytes)
  if (!isRunning) {
    await refuseSuspended(folder, 'its disk cannot be resized')
    const settings = { ...(await settingsOf(folder)), diskBytes }
    checkSettings(settings)
    await withDisk(folder, (path) => driverFor(settings, folder).prepareDisk({ path, sizeBytes: diskBytes }))
    await writeSettings(folder, settings)
  }
  terminal.say(`The data disk has ${formatSize(diskBytes)} now.`)
  return 0
}

/** `engineroom vm compact`: what the guest does not use any more goes back to this computer. */
export async function compact({ control, folder, options, terminal }: CommandParts): Promise<number> {
  if (await control.status()) throw new Error('The VM must be off to compact its disk: engineroom vm stop')
  await refuseSuspended(folder, 'its disk cannot be compacted')
  const driver = driverFor(await settingsOf(folder), folder)
  const bytes = await withDisk(folder, (path) => driver.compactDisk(path))
  const told: Static<typeof CompactedSchema> = { givenBackBytes: bytes }
  terminal.print(options.json ? JSON.stringify(told) : `${bytes} bytes given back (${formatSize(bytes)}).`)
  return 0
}

/** Does something to the disk of a VM that is off, wherever it is. @throws PlainError when the VM is not off, or is in use otherwise */
export async function withDisk<T>(folder: VmFolder, work: (path: string) => Promise<T>): Promise<T> {
  await using _owned = await ownVm(folder, TENDING)
  await undoUnfinishedMove(folder)
  const place = await diskPlace(folder)
  await checkDiskThere(place)
  return await work(place.path)
}
