import { readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { readAssets } from '../assets.ts'
import { removeCertificates } from '../certificates.ts'
import { eraseDisk } from '../data-disk/move-disk.ts'
import { driverFor } from '../drivers.ts'
import { ownVm, TENDING } from '../own-vm.ts'
import { settingsOf } from '../settings.ts'
import { discardState, suspendedState } from '../suspend/suspended-state.ts'
import { withDisk } from './disk.ts'
import type { CommandParts } from './parts.ts'
import { start } from './start.ts'
import { stop } from './stop.ts'

/** `engineroom vm reset restart|repair|erase`: in three sizes, the smallest first. */
export async function reset(parts: CommandParts): Promise<number> {
  const [size] = parts.options.words
  switch (size) {
    case 'restart':
      return restart(parts)
    case 'repair':
      return repair(parts)
    case 'erase':
      return erase(parts)
    default:
      throw new Error('engineroom vm reset needs one of: restart, repair (keeps images, containers and volumes), erase (keeps nothing)')
  }
}

/** Also `engineroom vm restart`. */
export async function restart(parts: CommandParts): Promise<number> {
  await stop(parts)
  return start(parts)
}

/** All that can be made anew is; the data disk is checked and kept. */
async function repair(parts: CommandParts): Promise<number> {
  const { folder, terminal } = parts
  await stop(parts)
  const settings = await settingsOf(folder)
  await readAssets(settings.assets, 'digests')
  terminal.say('The image of the VM is as it was built.')
  await withDisk(folder, (path) => driverFor(settings, folder).repairDisk(path))
  terminal.say('The data disk has been checked.')
  await removeCertificates(folder.certificates)
  await rm(folder.accelerators, { force: true })
  return start(parts)
}

/** Everything but the choice of its settings. The name has to be typed. */
async function erase(parts: CommandParts): Promise<number> {
  const { folder, options, terminal } = parts
  if (!options.yes) {
    terminal.say(`All images, containers and volumes in the VM ${folder.name} will be lost.`)
    const typed = await terminal.ask(`Type its name to erase it: `)
    if (typed?.trim() !== folder.name) throw new Error('Nothing was erased.')
  }
  if (await suspendedState(folder)) await discardState(folder)
  await stop(parts)
  await using _owned = await ownVm(folder, TENDING)
  await eraseDisk(folder)
  // By its monitor, a machine whose supervisor was killed is found at the next start.
  const kept = [folder.settings, folder.qmpSocket, folder.pidFile].map((path) => basename(path))
  for (const name of await readdir(folder.folder)) if (!kept.includes(name)) await rm(join(folder.folder, name), { recursive: true })
  terminal.say(`The VM ${folder.name} is erased. engineroom vm start makes it anew.`)
  return 0
}
