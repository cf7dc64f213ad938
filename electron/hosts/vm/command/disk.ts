import { driverFor } from '../drivers.ts'
import { checkSettings, settingsOf, writeSettings } from '../settings.ts'
import { formatSize } from '../size.ts'
import { makeVmFolder } from '../vm-folder.ts'
import type { CommandParts } from './parts.ts'

/** `engineroom vm resize --disk SIZE`: the data disk grows, also while the VM runs. */
export async function resize({ control, folder, options, terminal }: CommandParts): Promise<number> {
  const { diskBytes } = options
  if (diskBytes === undefined) throw new Error('engineroom vm resize needs --disk SIZE, for example --disk 100g')
  const isRunning = await control.resize(diskBytes)
  if (!isRunning) {
    const settings = { ...(await settingsOf(folder)), diskBytes }
    checkSettings(settings)
    await makeVmFolder(folder)
    await driverFor(settings, folder).prepareDisk({ path: folder.disk, sizeBytes: diskBytes })
    await writeSettings(folder, settings)
  }
  terminal.say(`The data disk has ${formatSize(diskBytes)} now.`)
  return 0
}

/** `engineroom vm compact`: what the guest does not use any more goes back to this computer. */
export async function compact({ control, folder, terminal }: CommandParts): Promise<number> {
  if (await control.status()) throw new Error('The VM must be off to compact its disk: engineroom vm stop')
  const bytes = await driverFor(await settingsOf(folder), folder).compactDisk(folder.disk)
  terminal.print(`${bytes} bytes given back (${formatSize(bytes)}).`)
  return 0
}
